import "reflect-metadata";
import { clientOf, denyByDefault } from "@microservice-identities/runtime/fastify";
import type { Guard } from "@microservice-identities/runtime/guard";
import { Controller, Get, Module, Post, Req } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter, type NestFastifyApplication, RouteConfig } from "@nestjs/platform-fastify";

@Controller()
class Inventory {
  @Get("health")
  health(): string {
    return "ok";
  }

  @Get("stock")
  @RouteConfig({ appRole: "Inventory.Read" })
  stock(): object {
    return { mugs: 7 };
  }

  @Post("reservations")
  @RouteConfig({ appRole: "Inventory.Write" })
  reserve(@Req() request: Parameters<typeof clientOf>[0]): object {
    return { by: clientOf(request).clientId };
  }

  @Get("forgotten")
  forgotten(): string {
    return "nobody gets this: the route declares no app role";
  }
}

@Module({ controllers: [Inventory] })
class App {}

export async function inventory(guard: Guard): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ logger: true });
  // Before Nest defines its routes.
  denyByDefault(adapter.getInstance(), { guard, open: ["GET /health"] });
  return NestFactory.create<NestFastifyApplication>(App, adapter, { logger: false });
}

import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import Fastify, { type FastifyInstance } from "fastify";
import { denyByDefault as onExpress, requireAppRole as requireOnExpress } from "../express";
import { denyByDefault as onFastify, requireAppRole as requireOnFastify } from "../fastify";
import { testTenant } from "./support/testTenant";

describe("an app that denies by default", () => {
  const tenant = testTenant();
  const { guard } = tenant;
  const closing: (() => unknown)[] = [];
  let bearer = "";
  beforeAll(async () => {
    bearer = await tenant.token(["Things.Read"]);
  });
  afterAll(() => Promise.all(closing.map((close) => close())));

  const asked = async (origin: string, method: string, path: string, token = "") => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: token === "" ? {} : { authorization: `Bearer ${token}` },
    });
    return `${method} ${path}: ${response.status} ${await response.text()}`;
  };

  describe("on fastify", () => {
    const logged: { msg: string; open?: string[]; denied?: string[] }[] = [];
    const app = (): FastifyInstance => {
      const instance = Fastify({ logger: { stream: { write: (line: string) => logged.push(JSON.parse(line)) } } });
      closing.push(() => instance.close());
      return instance as unknown as FastifyInstance;
    };

    it("answers 403 for routes without an app role, and logs the list of them at its start", async () => {
      const instance = app();
      onFastify(instance, { guard, open: ["GET /health"] });
      instance.get("/health", async () => "ok");
      instance.get("/forgotten", async () => "secret");
      instance.all("/everything", async () => "secret");
      instance.get("/declared", { config: { appRole: "Things.Read" } }, async () => "things");
      instance.get("/hooked", { onRequest: requireOnFastify(guard, "Things.Read") }, async () => "things");
      instance.get("/late", { preHandler: requireOnFastify(guard, "Things.Read") }, async () => "things");
      await instance.register(async (child) => void child.get("/forgotten", async () => "secret"), {
        prefix: "/child",
      });
      const origin = await instance.listen({ host: "127.0.0.1", port: 0 });

      const forbidden = '403 {"error":"forbidden"}';
      expect([
        await asked(origin, "GET", "/health"),
        await asked(origin, "HEAD", "/health"),
        await asked(origin, "GET", "/forgotten", bearer),
        await asked(origin, "HEAD", "/forgotten", bearer),
        await asked(origin, "PUT", "/everything", bearer),
        await asked(origin, "GET", "/child/forgotten", bearer),
        await asked(origin, "GET", "/late", bearer),
        await asked(origin, "GET", "/declared", bearer),
        await asked(origin, "GET", "/declared"),
        await asked(origin, "GET", "/hooked", bearer),
        await asked(origin, "HEAD", "/hooked", bearer),
        await asked(origin, "HEAD", "/hooked"),
      ]).toEqual([
        "GET /health: 200 ok",
        "HEAD /health: 200 ",
        `GET /forgotten: ${forbidden}`,
        "HEAD /forgotten: 403 ",
        `PUT /everything: ${forbidden}`,
        `GET /child/forgotten: ${forbidden}`,
        `GET /late: ${forbidden}`,
        "GET /declared: 200 things",
        'GET /declared: 401 {"error":"unauthorized"}',
        "GET /hooked: 200 things",
        "HEAD /hooked: 200 ",
        "HEAD /hooked: 401 ",
      ]);
      const said = logged.find(({ msg }) => msg === "routes without an app role");
      expect(said?.open).toEqual(["GET /health"]);
      expect(said?.denied).toEqual(expect.arrayContaining(["GET /forgotten", "GET /child/forgotten", "GET /late"]));
      expect(said?.denied).not.toContain("HEAD /health");
    });

    it("answers 403 for a route that was defined earlier, even if the route has its own hook", async () => {
      const instance = app();
      instance.get("/before", { onRequest: requireOnFastify(guard, "Things.Read") }, async () => "things");
      onFastify(instance, { guard });
      const origin = await instance.listen({ host: "127.0.0.1", port: 0 });
      expect(await asked(origin, "GET", "/before", bearer)).toBe('GET /before: 403 {"error":"forbidden"}');
    });

    it("does not start with an open route that does not exist, or with an invalid app role", async () => {
      const instance = app();
      onFastify(instance, { guard, open: ["GET /healthz"] });
      instance.get("/health", async () => "ok");
      await expect(async () => await instance.ready()).rejects.toThrow(
        'open: there is no route "GET /healthz"; the routes without an app role are: GET /health, HEAD /health',
      );
      const other = app();
      onFastify(other, { guard });
      expect(() => other.get("/", { config: { appRole: 'a"b' } }, async () => "")).toThrow('the app role is "a\\"b"');
    });

    it("refuses a request before it reads the body", async () => {
      const instance = app();
      onFastify(instance, { guard });
      let parsed = 0;
      instance.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
        parsed++;
        done(null, body);
      });
      instance.post("/things", { config: { appRole: "Things.Write" } }, async () => "done");
      const origin = await instance.listen({ host: "127.0.0.1", port: 0 });
      const { status } = await fetch(`${origin}/things`, {
        method: "POST",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        body: "{}",
      });
      expect([status, parsed]).toEqual([403, 0]);
    });
  });

  describe("on express", () => {
    const serve = async (app: Express) => {
      const server = http.createServer(app).listen(0, "127.0.0.1");
      await once(server, "listening");
      closing.push(() => server.close());
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const requires = requireOnExpress(guard, "Things.Read");
    const answer = (text: string) => (_request: unknown, response: { end(text: string): unknown }) =>
      void response.end(text);

    it("answers 403 for routes without an app role, and returns the list of them", async () => {
      const app = express();
      app.use("/files", express.static(__dirname));
      app.get("/health", answer("ok"));
      app.get("/forgotten", answer("secret"));
      app.param("id", (_request, _response, next) => next());
      app.route("/everything").all(answer("secret"));
      app.get("/declared", requires, answer("things"));
      app.post("/late", express.json(), requires, answer("things"));
      app.route("/mixed").get(requires, answer("things")).put(answer("secret"));
      const child = express.Router();
      child.get("/forgotten", answer("secret"));
      app.use("/child", child);
      const below = express.Router();
      below.use(requires);
      below.get("/things", answer("things"));
      app.use("/below", below);
      const beside = express.Router();
      beside.use("/elsewhere", requires);
      beside.get("/things", answer("secret"));
      app.use("/beside", beside);
      const refused: string[] = [];
      const report = onExpress(app, { guard, open: ["GET /health"], onRefused: ({ code }) => refused.push(code) });
      expect(report).toEqual({
        open: ["GET /health"],
        denied: [
          "GET /forgotten",
          "ALL /everything",
          "POST /late",
          "PUT /mixed",
          "GET /child/forgotten",
          "GET /beside/things",
        ],
        unchecked: ["/files serveStatic", "param :id"],
      });
      const origin = await serve(app);
      const forbidden = '403 {"error":"forbidden"}';
      expect([
        await asked(origin, "GET", "/health"),
        await asked(origin, "GET", "/forgotten", bearer),
        await asked(origin, "HEAD", "/forgotten", bearer),
        await asked(origin, "PUT", "/everything", bearer),
        await asked(origin, "GET", "/child/forgotten", bearer),
        await asked(origin, "POST", "/late", bearer),
        await asked(origin, "PUT", "/mixed", bearer),
        await asked(origin, "GET", "/mixed", bearer),
        await asked(origin, "GET", "/declared", bearer),
        await asked(origin, "GET", "/declared"),
        await asked(origin, "GET", "/below/things", bearer),
        await asked(origin, "GET", "/below/things"),
        await asked(origin, "GET", "/beside/things", bearer),
      ]).toEqual([
        "GET /health: 200 ok",
        `GET /forgotten: ${forbidden}`,
        "HEAD /forgotten: 403 ",
        `PUT /everything: ${forbidden}`,
        `GET /child/forgotten: ${forbidden}`,
        `POST /late: ${forbidden}`,
        `PUT /mixed: ${forbidden}`,
        "GET /mixed: 200 things",
        "GET /declared: 200 things",
        'GET /declared: 401 {"error":"unauthorized"}',
        "GET /below/things: 200 things",
        'GET /below/things: 401 {"error":"unauthorized"}',
        `GET /beside/things: ${forbidden}`,
      ]);
      expect(new Set(refused)).toEqual(new Set(["role_not_declared"]));
    });

    it("throws for an open route that does not exist, a mounted app, and a route that is defined later", () => {
      const app = express();
      app.get("/health", answer("ok"));
      expect(() => onExpress(app, { guard, open: ["GET /healthz"] })).toThrow(
        'open: there is no route "GET /healthz"; the routes without an app role are: GET /health',
      );
      const child = express.Router();
      const outer = express();
      outer.use("/child", child);
      onExpress(outer, { guard });
      expect(() => outer.get("/later", answer("secret"))).toThrow("a route is defined after denyByDefault");
      expect(() => child.get("/later", answer("secret"))).toThrow("a route is defined after denyByDefault");
      const mounting = express();
      mounting.use("/app", express());
      expect(() => onExpress(mounting, { guard })).toThrow("an app is mounted in the app");
    });
  });
});

import type { CallingService } from "./guard";

const callers = new WeakMap<object, CallingService>();

/** Remembers who sent a request that was let through. */
export function admit(request: object, caller: CallingService): void {
  callers.set(request, caller);
}

/** @throws Error when the request came past no guard */
export function admittedClient(request: object): CallingService {
  const caller = callers.get(request);
  if (!caller) throw new Error("the route is not guarded by requireAppRole");
  return caller;
}

import { type BulkReader, TenantError } from "../../../cli/adoption/tenant";
import { Reading } from "../../../cli/audit/reading";
import { signInsOf } from "../../../cli/usage/signIns";

// What these tests cannot prove: how often Graph throttles.

const caller = "0c7a0000-0000-4000-8000-000000000002";
const row = {
  createdDateTime: "2026-11-25T23:59:59Z",
  appId: caller,
  resourceId: "6f1b0000-0000-4000-8000-000000000001",
  status: { errorCode: 501_051 },
};

/** A tenant that returns the given answers one after the other. An answer is a list of rows or an error. */
const tenantWith = (...answers: (object[] | TenantError)[]) => {
  const asked: string[] = [];
  const list: BulkReader["list"] = async (path, version) => {
    asked.push(`${version} ${decodeURIComponent(path)}`);
    const answer = answers.shift() ?? [];
    if (answer instanceof TenantError) throw answer;
    return answer as Record<string, unknown>[];
  };
  const tenant = { list } as BulkReader;
  const pauses: number[] = [];
  const reading = new Reading(tenant, async (seconds) => {
    pauses.push(seconds);
  });
  return { asked, pauses, read: () => signInsOf(tenant, [caller], "2026-08-28", reading) };
};

describe("the sign-ins in Microsoft Graph", () => {
  it("are those of the callers since the first day, and are requested again after a pause if Graph throttles", async () => {
    const { asked, pauses, read } = tenantWith(new TenantError("429 Too Many Requests", 429), [row]);
    const { appId, resourceId } = row;
    expect(await read()).toEqual([{ day: "2026-11-25", caller: appId, api: resourceId, code: 501_051, count: 1 }]);
    const question = `beta auditLogs/signIns?$filter=signInEventTypes/any(t: t eq 'servicePrincipal') and appId eq '${caller}' and createdDateTime ge 2026-08-28T00:00:00Z&$top=999`;
    expect(asked).toEqual([question, question]);
    expect(pauses).toEqual([2]);
  });

  it("cause an error that names the permission if Graph refuses to list them", async () => {
    const { read } = tenantWith(new TenantError("GET auditLogs/signIns: 403 Forbidden", 403));
    await expect(read()).rejects.toThrow(
      "cannot read the sign-ins, which needs AuditLog.Read.All in Microsoft Graph and a premium licence of the tenant: GET auditLogs/signIns: 403 Forbidden",
    );
  });
});

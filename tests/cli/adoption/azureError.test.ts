import { azureErrorIn } from "../../../cli/adoption/azureError";

describe("the reason in an answer of Azure", () => {
  it.each([
    [
      "is the code and the text of its error, without the ids of the request",
      '{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges.","innerError":{"request-id":"1"}}}',
      "Authorization_RequestDenied: Insufficient privileges.",
    ],
    ["is the answer itself if it has another shape", '{"error":"invalid_grant"}', '{"error":"invalid_grant"}'],
    ["is the beginning of a long page of a gateway", `<html>${"x".repeat(400)}`, `<html>${"x".repeat(294)}`],
    ["is empty without a text", "", ""],
  ])("%s", (_what, text, reason) => {
    expect(azureErrorIn(text)).toBe(reason);
  });
});

import { z } from "zod";
import * as formats from "../formats";
import { limits } from "../limits";
import { publicAddress } from "../publicAddress";
import { matching } from "../schemas";

const long = (length: number, character = "a") => character.repeat(length);

describe("a format", () => {
  it.each<[formatName: string, format: formats.Format<string>, accepted: string[], refused: string[]]>([
    ["vault name", formats.vaultName, ["kv1", "Orders-Dev-1", long(24)], ["kv", long(25), "1kv", "kv-", "k--v", "k_v"]],
    ["secret name", formats.secretName, ["a", "Client-Secret-1", long(127)], ["", long(128), "a_b"]],
    ["app role", formats.appRoleValue, ["Orders.Read", "a:b/c", long(120)], ["", ".Read", "Orders Read", long(121)]],
    [
      "service name",
      formats.serviceName,
      ["a", "orders-2", long(40)],
      ["", "Orders", "2orders", "a--b", "a-", long(41)],
    ],
    ["qualified name", formats.qualifiedName, ["finance/ledger"], ["ledger", "a/b/c", "finance/", "Finance/ledger"]],
    ["date", formats.isoDate, ["2028-02-29"], ["2027-02-29", "2027-2-1", "2027-02-01T00:00:00Z"]],
    ["Azure region", formats.azureRegion, ["westeurope", "eastus2"], ["West Europe", ""]],
    [
      "authority",
      formats.authority,
      ["https://localhost:1", "https://a/"],
      ["http://localhost", "https://a/b", "https://a//"],
    ],
    ["resource group", formats.resourceGroupName, ["rg-shop-v1.2", "(a)", long(90)], ["", "rg.", "a b", long(91)]],
    ["managed identity", formats.identityName, ["id-a_b", "1ab", long(128)], ["ab", "id-v1.2", "-ab", long(129)]],
    ["federated credential", formats.credentialName, ["github-v1_2", long(120)], ["ab", "github-v1.2", long(121)]],
    [
      "cluster's issuer",
      formats.tokenIssuer,
      [
        "https://westeurope.oic.prod-aks.azure.com/t/c/",
        "https://oidc.cluster.example",
        "https://oidc.cluster.example/a",
      ],
      [
        ...["https://westeurope.oic.prod-aks.azure.com/t/c", "https://kubernetes.default.svc.cluster.local"],
        ...["https://kubernetes.default.svc", "http://oidc.cluster.example", "https://oidc.cluster.example/?a"],
      ],
    ],
    ["stack name", formats.stackName, ["dev", "acme/shop/dev"], ["", "shop/dev", "a b"]],
    ["GitHub subject", formats.githubSubject, ["repo:acme/shop"], ["acme/shop", "repo:acme/shop:environment:dev"]],
    [
      "address",
      publicAddress,
      ["203.0.113.7", "203.0.113.7/32", "203.0.113.8/31", "203.0.113.0/24", "100.128.0.1", "12.0.0.0/6"],
      [
        ...["10.0.0.1", "192.168.0.0/16", "::1", "home"],
        // Addresses that are never the source of a packet on the internet: carrier-grade NAT, benchmarks, multicast, reserved.
        ...["100.64.0.1", "100.127.255.255", "198.18.0.1", "224.0.0.1", "255.255.255.255"],
        // A range that does not begin with its first address, and ranges that contain private addresses.
        ...["203.0.113.5/24", "8.0.0.0/5", "128.0.0.0/1", "0.0.0.0/0"],
      ],
    ],
  ])("of a %s accepts exactly the allowed values, and so does its zod schema", (_name, format, accepted, refused) => {
    const values = [...accepted, ...refused];
    expect(values.filter((value) => format.accepts(value))).toEqual(accepted);
    expect(values.filter((value) => matching(format).safeParse(value).success)).toEqual(accepted);
    expect(
      matching(format)
        .safeParse(refused[0])
        .error?.issues.map(({ message }) => message),
    ).toEqual([format.allowed]);
  });

  it("of an authority normalises different spellings", () => {
    for (const given of [
      "https://login.microsoftonline.us",
      "https://login.microsoftonline.us/",
      "https://Login.MicrosoftOnline.us",
    ])
      expect(formats.authorityIn(given)).toBe("https://login.microsoftonline.us");
  });

  it("of numbers accepts whole numbers between its limits, including the limits", () => {
    const { least, most } = limits.retentionDays;
    const { accepts, allowed } = formats.wholeNumber(least, most);
    expect([6, 7, 7.5, 90, 91].filter(accepts)).toEqual([7, 90]);
    expect(allowed).toBe("a whole number from 7 to 90");
  });

  it("with a pattern has the same pattern in a JSON Schema", () => {
    expect(z.toJSONSchema(matching(formats.azureRegion))).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "string",
      pattern: "^[a-z][a-z0-9]+$",
    });
  });
});

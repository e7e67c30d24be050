import { settingsResource } from "@microservice-identities/engine/evaluation/stackSettings";
import { environmentIn } from "../../cli/stackCloud";

describe("the environment of the providers", () => {
  const settings = (cloud?: string) => [
    settingsResource("shop", "prod", { "shop:location": "usgovvirginia", ...(cloud ? { "shop:cloud": cloud } : {}) }),
  ];

  it("names the cloud from the settings", () => {
    expect(environmentIn(settings("usgovernment"), { PATH: "/bin" })).toEqual({
      PATH: "/bin",
      ARM_ENVIRONMENT: "usgovernment",
    });
    expect(environmentIn(settings(), { ARM_ENVIRONMENT: "china" })).toEqual({ ARM_ENVIRONMENT: "china" });
  });

  it("is refused if ARM_ENVIRONMENT names a different cloud", () => {
    expect(() => environmentIn(settings("usgovernment"), { ARM_ENVIRONMENT: "public" })).toThrow(
      "the setting cloud is usgovernment, and ARM_ENVIRONMENT is public: correct one of them",
    );
  });
});

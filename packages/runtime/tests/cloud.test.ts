import { clouds as published } from "@microservice-identities/well-known/clouds";
import { cloudOf, clouds } from "../cloud";
import { configurationFrom } from "../configuration";
import { serviceEnvironment } from "./support/serviceEnvironment";

describe("the clouds that a service knows", () => {
  it("are the same as in the project's table of clouds", () => {
    expect(clouds).toEqual(
      Object.fromEntries(
        Object.values(published).map(({ name, authority, tokenExchange }) => [name, { authority, tokenExchange }]),
      ),
    );
  });

  it.each([
    [{}, clouds.public],
    [{ cloud: "china" as const }, clouds.china],
    // The address of a local Azure does not show the cloud.
    [{ cloud: "usgovernment" as const, authority: "https://localhost:8443" }, clouds.usgovernment],
    [{ authority: "https://localhost:8443" }, clouds.public],
    [{ authority: "https://login.microsoftonline.us/" }, clouds.usgovernment],
    [{ authority: "https://login.chinacloudapi.cn" }, clouds.china],
  ])("are found by %j", (given, cloud) => {
    expect(cloudOf(given)).toBe(cloud);
  });

  it("can be configured by their names, and other names are refused", () => {
    expect(configurationFrom({ ...serviceEnvironment, SERVICE_CLOUD: "usgovernment" }).cloud).toBe("usgovernment");
    expect(() => configurationFrom({ ...serviceEnvironment, SERVICE_CLOUD: "gov" })).toThrow(
      'SERVICE_CLOUD is "gov"; allowed: public, usgovernment or china',
    );
  });
});

import { componentProviderHost } from "@pulumi/pulumi/provider/experimental";
import { ApplicationPermissionGrant } from "./applicationPermissionGrant";
import { AppRegistration } from "./appRegistration";
import { Landscape } from "./landscape";

export { ApplicationPermissionGrant, AppRegistration, Landscape };

// The components for programs in other languages: Pulumi generates SDKs from the types in this folder.
void componentProviderHost({
  name: "microservice-identities",
  dirname: __dirname,
  components: [Landscape, AppRegistration, ApplicationPermissionGrant],
});

import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { PipelineIdentity } from "../components/pipelineIdentity";

// What the jobs of one GitHub environment sign in as, without a stored secret.
const group = new ResourceGroup("pipelines", { resourceGroupName: "rg-pipelines-example", location: "westeurope" });

const registrar = new PipelineIdentity("registrar", {
  resourceGroupName: group.name,
  location: "westeurope",
  graphPermissions: ["Application.ReadWrite.OwnedBy", "Application.Read.All"],
  trusts: [
    {
      name: "github-dev",
      issuer: "https://token.actions.githubusercontent.com",
      subject: "repo:acme/shop:environment:dev",
    },
  ],
});

export const clientId = registrar.clientId;

// Two services and a call. `pulumi install` generates the SDK that is used here.
using System.Collections.Generic;
using Pulumi;
using Pulumi.MicroserviceIdentities;
using Pulumi.MicroserviceIdentities.Inputs;
// Pulumi has a type of this name, too.
using CallArgs = Pulumi.MicroserviceIdentities.Inputs.CallArgs;

return await Deployment.RunAsync(() =>
{
    var shop = new Landscape("shop", new LandscapeArgs
    {
        Environment = Deployment.Instance.StackName,
        Location = "westeurope",
        Rotation = new RotationArgs { Since = "2026-11-01" },
        Services =
        {
            ["orders"] = new ServiceArgs
            {
                Description = "Takes orders.",
                AppRoles = { ["Orders.Read"] = new AppRoleArgs { Description = "Read orders and their state." } },
            },
            ["reporting"] = new ServiceArgs
            {
                Description = "Sums up the day.",
                Federated = true,
                Calls =
                {
                    ["orders"] = new CallArgs
                    {
                        Roles = { "Orders.Read" },
                        Because = "Counts the orders of the day.",
                    },
                },
            },
        },
    });

    return new Dictionary<string, object?> { ["scopes"] = shop.Scopes };
});

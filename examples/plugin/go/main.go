// Two services and a call. `pulumi install` generates the SDK that is imported here.
package main

import (
	identities "github.com/pulumi/pulumi-microservice-identities/sdk/go/microserviceidentities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		shop, err := identities.NewLandscape(ctx, "shop", &identities.LandscapeArgs{
			Environment: pulumi.String(ctx.Stack()),
			Location:    pulumi.String("westeurope"),
			Rotation:    identities.RotationArgs{Since: pulumi.String("2026-11-01")},
			Services: identities.ServiceMap{
				"orders": identities.ServiceArgs{
					Description: pulumi.String("Takes orders."),
					AppRoles: identities.AppRoleMap{
						"Orders.Read": identities.AppRoleArgs{
							Description: pulumi.String("Read orders and their state."),
						},
					},
				},
				"reporting": identities.ServiceArgs{
					Description: pulumi.String("Sums up the day."),
					Federated:   pulumi.Bool(true),
					Calls: identities.CallMap{
						"orders": identities.CallArgs{
							Roles:   pulumi.StringArray{pulumi.String("Orders.Read")},
							Because: pulumi.String("Counts the orders of the day."),
						},
					},
				},
			},
		})
		if err != nil {
			return err
		}
		ctx.Export("scopes", shop.Scopes)
		return nil
	})
}

// Two services and a call. `pulumi install` generates the SDK that is imported here.
package main

import (
	identities "example.com/pulumi-microservice-identities/sdk/go/microserviceidentities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		federated := true
		shop, err := identities.NewLandscape(ctx, "shop", &identities.LandscapeArgs{
			Environment: ctx.Stack(),
			Location:    pulumi.String("westeurope"),
			Rotation:    identities.RotationArgs{Since: "2026-11-01"},
			Services: map[string]identities.ServiceArgs{
				"orders": {
					Description: "Takes orders.",
					AppRoles: map[string]identities.AppRoleArgs{
						"Orders.Read": {Description: "Read orders and their state."},
					},
				},
				"reporting": {
					Description: "Sums up the day.",
					Federated:   &federated,
					Calls: map[string]identities.CallArgs{
						"orders": {
							Roles:   []string{"Orders.Read"},
							Because: "Counts the orders of the day.",
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

"""Two services and a call. `pulumi install` generates the SDK that is imported here."""

import pulumi
import pulumi_microservice_identities as identities

shop = identities.Landscape(
    "shop",
    environment=pulumi.get_stack(),
    location="westeurope",
    rotation=identities.RotationArgs(since="2026-11-01"),
    services={
        "orders": identities.ServiceArgs(
            description="Takes orders.",
            app_roles={"Orders.Read": identities.AppRoleArgs(description="Read orders and their state.")},
        ),
        "reporting": identities.ServiceArgs(
            description="Sums up the day.",
            federated=True,
            calls={
                "orders": identities.CallArgs(roles=["Orders.Read"], because="Counts the orders of the day."),
            },
        ),
    },
)

pulumi.export("scopes", shop.scopes)

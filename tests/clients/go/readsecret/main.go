// main.go
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

func main() {
	// A local Azure needs the SDK's checks of host names to be turned off.
	credential, err := azidentity.NewDefaultAzureCredential(
		&azidentity.DefaultAzureCredentialOptions{DisableInstanceDiscovery: true})
	if err != nil {
		log.Fatal(err)
	}
	secrets, err := azsecrets.NewClient(os.Getenv("VAULT_URI"), credential,
		&azsecrets.ClientOptions{DisableChallengeResourceVerification: true})
	if err != nil {
		log.Fatal(err)
	}
	secret, err := secrets.GetSecret(context.Background(), "greeting", "", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*secret.Value)
}

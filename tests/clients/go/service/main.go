// A service: it signs in with its variables, and calls the API inventory.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

var env = os.Getenv

// A local Azure needs the SDK's checks of host names to be turned off.
var isLocal = strings.HasPrefix(env("AZURE_AUTHORITY_HOST"), "https://localhost")

func main() {
	ctx := context.Background()
	// The service's managed identity.
	identity := must(azidentity.NewManagedIdentityCredential(
		&azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(env("AZURE_CLIENT_ID"))}))
	credential := credentialOf(ctx, identity)

	var scopes map[string]string
	if err := json.Unmarshal([]byte(env("SERVICE_APIS")), &scopes); err != nil {
		log.Fatal(err)
	}
	token := must(credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scopes["inventory"]}}))
	request := must(http.NewRequest("GET", env("INVENTORY_URL"), nil))
	request.Header.Set("authorization", "Bearer "+token.Token)
	fmt.Println(must(http.DefaultClient.Do(request)).StatusCode)
}

func credentialOf(ctx context.Context, identity azcore.TokenCredential) azcore.TokenCredential {
	tenant, client := env("AZURE_TENANT_ID"), env("SERVICE_CLIENT_ID")
	if env("SERVICE_CREDENTIAL") == "secret" {
		vault := must(azsecrets.NewClient(env("SERVICE_VAULT_URI"), identity,
			&azsecrets.ClientOptions{DisableChallengeResourceVerification: isLocal}))
		secret := must(vault.GetSecret(ctx, env("SERVICE_SECRET_NAME"), "", nil))
		return must(azidentity.NewClientSecretCredential(tenant, client, *secret.Value,
			&azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: isLocal}))
	}
	assertion := func(ctx context.Context) (string, error) {
		token, err := identity.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{exchange() + "/.default"}})
		return token.Token, err
	}
	return must(azidentity.NewClientAssertionCredential(tenant, client, assertion,
		&azidentity.ClientAssertionCredentialOptions{DisableInstanceDiscovery: isLocal}))
}

func exchange() string {
	switch env("SERVICE_CLOUD") {
	case "usgovernment":
		return "api://AzureADTokenExchangeUSGov"
	case "china":
		return "api://AzureADTokenExchangeChina"
	}
	return "api://AzureADTokenExchange"
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

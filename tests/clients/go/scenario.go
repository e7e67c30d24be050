// A service that uses the Azure SDK for Go. It prints one line for each kind of sign-in.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

var env = os.Getenv

func main() {
	ctx := context.Background()
	place := cloud.Configuration{
		ActiveDirectoryAuthorityHost: env("AZURE_AUTHORITY_HOST"),
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: env("AUTHORITY"), Audience: "https://management.core.windows.net/"},
		},
	}
	options := azcore.ClientOptions{Cloud: place}
	tenant, client := env("AZURE_TENANT_ID"), env("AZURE_CLIENT_ID")

	secret, err := azidentity.NewClientSecretCredential(tenant, client, env("CLIENT_SECRET"),
		&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	check(err)
	pem, err := os.ReadFile(env("CERTIFICATE_FILE"))
	check(err)
	certificates, key, err := azidentity.ParseCertificates(pem, nil)
	check(err)
	certificate, err := azidentity.NewClientCertificateCredential(tenant, client, certificates, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	check(err)
	federation, err := azidentity.NewWorkloadIdentityCredential(
		&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true,
			TenantID: tenant, ClientID: client, TokenFilePath: env("FEDERATED_TOKEN_FILE")})
	check(err)
	identity, err := azidentity.NewManagedIdentityCredential(
		&azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(env("IDENTITY_CLIENT_ID"))})
	check(err)

	for _, each := range []struct {
		name       string
		credential azcore.TokenCredential
	}{{"secret", secret}, {"certificate", certificate}, {"federation", federation}, {"managed identity", identity}} {
		own := read(ctx, env("OWN_VAULT"), each.credential)
		foreign := read(ctx, env("FOREIGN_VAULT"), each.credential)
		fmt.Printf("%s: own %s, foreign %s, api %s\n", each.name, own, foreign, call(ctx, each.credential))
	}
	fmt.Printf("vaults: %s\n", vaults(ctx, secret, options))
}

func read(ctx context.Context, vault string, credential azcore.TokenCredential) string {
	client, err := azsecrets.NewClient(vault, credential, &azsecrets.ClientOptions{DisableChallengeResourceVerification: true})
	check(err)
	answer, err := client.GetSecret(ctx, "greeting", "", nil)
	if err != nil {
		return status(err)
	}
	return *answer.Value
}

func call(ctx context.Context, credential azcore.TokenCredential) string {
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{env("API_SCOPE")}})
	check(err)
	request, err := http.NewRequest("GET", env("API"), nil)
	check(err)
	request.Header.Set("authorization", "Bearer "+token.Token)
	answer, err := http.DefaultClient.Do(request)
	check(err)
	return fmt.Sprint(answer.StatusCode)
}

// The client can read only the resource group of its own vault.
func vaults(ctx context.Context, credential azcore.TokenCredential, options azcore.ClientOptions) string {
	client, err := armkeyvault.NewVaultsClient(env("SUBSCRIPTION"), credential, &arm.ClientOptions{ClientOptions: options})
	check(err)
	own, err := client.NewListByResourceGroupPager("rg", nil).NextPage(ctx)
	check(err)
	_, err = client.NewListBySubscriptionPager(nil).NextPage(ctx)
	return fmt.Sprintf("%d in the group, %s in the subscription", len(own.Value), status(err))
}

func status(err error) string {
	var response *azcore.ResponseError
	if errors.As(err, &response) {
		return fmt.Sprint(response.StatusCode)
	}
	return fmt.Sprint(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.exception.HttpResponseException;
import com.azure.identity.ClientCertificateCredentialBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A service's way with the Azure SDK for Java: it prints one line for each way to sign in. */
public class Scenario {
  public static void main(String[] arguments) throws Exception {
    Map<String, TokenCredential> ways = new LinkedHashMap<>();
    ways.put("secret", new ClientSecretCredentialBuilder().tenantId(env("AZURE_TENANT_ID")).clientId(env("AZURE_CLIENT_ID"))
        .clientSecret(env("CLIENT_SECRET")).authorityHost(env("AUTHORITY")).disableInstanceDiscovery().build());
    ways.put("certificate", new ClientCertificateCredentialBuilder().tenantId(env("AZURE_TENANT_ID"))
        .clientId(env("AZURE_CLIENT_ID")).pemCertificate(env("CERTIFICATE_FILE")).authorityHost(env("AUTHORITY"))
        .disableInstanceDiscovery().build());
    ways.put("federation", new WorkloadIdentityCredentialBuilder().tenantId(env("AZURE_TENANT_ID"))
        .clientId(env("AZURE_CLIENT_ID")).tokenFilePath(env("FEDERATED_TOKEN_FILE")).authorityHost(env("AUTHORITY"))
        .disableInstanceDiscovery().build());
    ways.put("managed identity", new ManagedIdentityCredentialBuilder().clientId(env("IDENTITY_CLIENT_ID")).build());
    for (Map.Entry<String, TokenCredential> way : ways.entrySet()) {
      TokenRequestContext request = new TokenRequestContext().addScopes(env("API_SCOPE"));
      String token = way.getValue().getToken(request).block().getToken();
      System.out.printf("%s: own %s, foreign %s, api %d%n", way.getKey(), read(env("OWN_VAULT"), way.getValue()),
          read(env("FOREIGN_VAULT"), way.getValue()), call(token));
    }
    ConfidentialClientApplication msal = ConfidentialClientApplication
        .builder(env("AZURE_CLIENT_ID"), ClientCredentialFactory.createFromSecret(env("CLIENT_SECRET")))
        .authority(env("AUTHORITY") + "/" + env("AZURE_TENANT_ID")).instanceDiscovery(false).build();
    String token = msal.acquireToken(ClientCredentialParameters.builder(Set.of(env("API_SCOPE"))).build()).get()
        .accessToken();
    System.out.printf("msal: api %d%n", call(token));
    System.exit(0);
  }

  static String read(String vault, TokenCredential credential) {
    try {
      return new SecretClientBuilder().vaultUrl(vault).credential(credential).disableChallengeResourceVerification()
          .buildClient().getSecret("greeting").getValue();
    } catch (HttpResponseException error) {
      return String.valueOf(error.getResponse().getStatusCode());
    }
  }

  static int call(String token) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(env("API"))).header("authorization", "Bearer " + token)
        .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  static String env(String name) {
    return System.getenv(name);
  }
}

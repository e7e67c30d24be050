import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.util.BinaryData;
import com.azure.identity.ClientAssertionCredentialBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

/** A service: it signs in with its variables, and calls the API inventory. */
public class Service {
  // A local Azure needs the SDK's checks of host names to be turned off.
  static final boolean IS_LOCAL = env("AZURE_AUTHORITY_HOST", "").startsWith("https://localhost");
  static final String AUTHORITY = env("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com");
  static final Map<String, String> EXCHANGE = Map.of("usgovernment", "api://AzureADTokenExchangeUSGov", "china",
      "api://AzureADTokenExchangeChina");

  public static void main(String[] arguments) throws Exception {
    // The service's managed identity.
    TokenCredential identity = new ManagedIdentityCredentialBuilder().clientId(env("AZURE_CLIENT_ID", "")).build();
    Map<?, ?> scopes = BinaryData.fromString(env("SERVICE_APIS", "{}")).toObject(Map.class);
    String token = tokenOf(credentialOf(identity), (String) scopes.get("inventory"));
    HttpRequest request = HttpRequest.newBuilder(URI.create(env("INVENTORY_URL", "")))
        .header("authorization", "Bearer " + token).build();
    System.out.println(
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
    System.exit(0);
  }

  static TokenCredential credentialOf(TokenCredential identity) {
    String tenant = env("AZURE_TENANT_ID", "");
    String client = env("SERVICE_CLIENT_ID", "");
    if (env("SERVICE_CREDENTIAL", "").equals("secret")) {
      SecretClientBuilder vault = new SecretClientBuilder().vaultUrl(env("SERVICE_VAULT_URI", "")).credential(identity);
      if (IS_LOCAL) vault.disableChallengeResourceVerification();
      String secret = vault.buildClient().getSecret(env("SERVICE_SECRET_NAME", "")).getValue();
      ClientSecretCredentialBuilder bySecret = new ClientSecretCredentialBuilder().tenantId(tenant).clientId(client)
          .clientSecret(secret).authorityHost(AUTHORITY);
      return (IS_LOCAL ? bySecret.disableInstanceDiscovery() : bySecret).build();
    }
    String exchange = EXCHANGE.getOrDefault(env("SERVICE_CLOUD", "public"), "api://AzureADTokenExchange");
    ClientAssertionCredentialBuilder byIdentity = new ClientAssertionCredentialBuilder().tenantId(tenant)
        .clientId(client).clientAssertion(() -> tokenOf(identity, exchange + "/.default")).authorityHost(AUTHORITY);
    return (IS_LOCAL ? byIdentity.disableInstanceDiscovery() : byIdentity).build();
  }

  static String tokenOf(TokenCredential credential, String scope) {
    return credential.getToken(new TokenRequestContext().addScopes(scope)).block().getToken();
  }

  static String env(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }
}

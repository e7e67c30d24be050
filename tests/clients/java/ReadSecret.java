// ReadSecret.java
import com.azure.core.credential.TokenCredential;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.secrets.SecretClient;
import com.azure.security.keyvault.secrets.SecretClientBuilder;

public class ReadSecret {
  public static void main(String[] arguments) {
    // A local Azure needs the SDK's checks of host names to be turned off.
    TokenCredential credential = new DefaultAzureCredentialBuilder().disableInstanceDiscovery().build();
    SecretClient secrets = new SecretClientBuilder().vaultUrl(System.getenv("VAULT_URI")).credential(credential)
        .disableChallengeResourceVerification().buildClient();
    System.out.println(secrets.getSecret("greeting").getValue());
    System.exit(0);
  }
}

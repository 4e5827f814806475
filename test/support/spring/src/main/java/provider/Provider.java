package provider;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Spring Authorization Server as its starter brings it; everything is set by properties (test/support/servers/spring.js). */
@SpringBootApplication
public class Provider {
  public static void main(String[] arguments) {
    SpringApplication.run(Provider.class, arguments);
  }
}

// HTTP, TCP and UDP on Java's own classes.    java Echo serve PORT | ask HOST PORT
import com.sun.net.httpserver.HttpServer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.concurrent.Executors;

class Echo {
  static final byte[] message = "0123456789abcdef".repeat(64000).getBytes();

  static void serve(int port) throws Exception {
    HttpServer web = HttpServer.create(new InetSocketAddress(port + 1), 16);
    web.createContext("/", exchange -> {
      byte[] body = exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    web.setExecutor(Executors.newFixedThreadPool(4));
    web.start();
    DatagramSocket datagrams = new DatagramSocket(port);
    new Thread(() -> answerDatagrams(datagrams)).start();
    try (ServerSocket listener = new ServerSocket(port)) {
      while (true) {
        try (Socket stream = listener.accept()) {
          stream.getInputStream().transferTo(stream.getOutputStream());
        }
      }
    }
  }

  static void answerDatagrams(DatagramSocket socket) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        socket.receive(packet);
        socket.send(packet);
      }
    } catch (java.io.IOException e) {
      throw new RuntimeException(e);
    }
  }

  static void ask(String host, int port) throws Exception {
    try (Socket stream = new Socket(host, port)) {
      stream.setTcpNoDelay(true);
      stream.setSoTimeout(20000);
      Thread writer = new Thread(() -> {
        try {
          stream.getOutputStream().write(message);
          stream.shutdownOutput();
        } catch (java.io.IOException e) {
          throw new RuntimeException(e);
        }
      });
      writer.start();
      byte[] data = stream.getInputStream().readAllBytes();
      System.out.println("tcp echoed " + Arrays.equals(data, message));
    }
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(10000);
      socket.send(new DatagramPacket(message, 1000, InetAddress.getByName(host), port));
      DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
      socket.receive(packet);
      System.out.println("udp echoed " + (packet.getLength() == 1000));
    }
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + (port + 1)))
        .POST(HttpRequest.BodyPublishers.ofByteArray(message)).build();
    for (int i = 0; i < 3; i++) {
      byte[] data = client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
      System.out.println("http echoed " + Arrays.equals(data, message));
    }
  }

  public static void main(String[] words) throws Exception {
    if (words[0].equals("serve")) serve(Integer.parseInt(words[1]));
    else ask(words[1], Integer.parseInt(words[2]));
    System.exit(0);
  }
}

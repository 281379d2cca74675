// TCP and UDP echo on Boost.Asio.    echo_asio serve PORT | echo_asio ask HOST PORT
#include <boost/asio.hpp>
#include <iostream>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

using boost::asio::ip::tcp;
using boost::asio::ip::udp;
using boost::system::error_code;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : socket_(std::move(socket)) {}
  void read() {
    socket_.async_read_some(boost::asio::buffer(data_),
                            [self = shared_from_this()](error_code failed, std::size_t length) {
                              if (!failed) self->write(length);
                            });
  }

 private:
  void write(std::size_t length) {
    boost::asio::async_write(socket_, boost::asio::buffer(data_, length),
                             [self = shared_from_this()](error_code failed, std::size_t) {
                               if (!failed) self->read();
                             });
  }
  tcp::socket socket_;
  std::vector<char> data_ = std::vector<char>(65536);
};

class Server {
 public:
  Server(boost::asio::io_context& io, unsigned short port)
      : listener_(io, tcp::endpoint(tcp::v6(), port)),
        datagrams_(io, udp::endpoint(udp::v6(), port)) {
    accept();
    receive();
  }

 private:
  void accept() {
    listener_.async_accept([this](error_code failed, tcp::socket socket) {
      if (!failed) std::make_shared<Session>(std::move(socket))->read();
      accept();
    });
  }
  void receive() {
    datagrams_.async_receive_from(boost::asio::buffer(data_), from_,
                                  [this](error_code failed, std::size_t length) {
                                    if (!failed)
                                      datagrams_.send_to(boost::asio::buffer(data_, length), from_);
                                    receive();
                                  });
  }
  tcp::acceptor listener_;
  udp::socket datagrams_;
  udp::endpoint from_;
  std::vector<char> data_ = std::vector<char>(65536);
};

void ask(boost::asio::io_context& io, const std::string& host, const std::string& port) {
  std::vector<char> message(1'000'000);
  std::iota(message.begin(), message.end(), 0);
  tcp::socket stream(io);
  boost::asio::connect(stream, tcp::resolver(io).resolve(host, port));
  std::thread writer([&] { boost::asio::write(stream, boost::asio::buffer(message)); });
  std::vector<char> got(message.size());
  boost::asio::read(stream, boost::asio::buffer(got));
  writer.join();
  std::cout << "tcp echoed " << (got == message) << "\n";
  udp::socket datagrams(io, udp::v4());
  const udp::endpoint to = *udp::resolver(io).resolve(udp::v4(), host, port).begin();
  datagrams.send_to(boost::asio::buffer(message, 1000), to);
  udp::endpoint from;
  const std::size_t length = datagrams.receive_from(boost::asio::buffer(got), from);
  std::cout << "udp echoed " << (length == 1000 && from == to) << "\n";
}

int main(int count, char** words) {
  boost::asio::io_context io;
  if (count == 3) {
    const Server server(io, static_cast<unsigned short>(std::stoi(words[2])));
    io.run();
  } else {
    ask(io, words[2], words[3]);
  }
}

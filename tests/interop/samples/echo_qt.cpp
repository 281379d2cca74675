// TCP and UDP echo on Qt 5.    echo_qt serve PORT | echo_qt ask HOST PORT
#include <QCoreApplication>
#include <QHostInfo>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTextStream>
#include <QUdpSocket>

void answer(QTcpSocket* stream) {
  QObject::connect(stream, &QTcpSocket::readyRead, [=] { stream->write(stream->readAll()); });
  QObject::connect(stream, &QTcpSocket::disconnected, stream, &QTcpSocket::deleteLater);
}

int serve(QCoreApplication& application, quint16 port) {
  QUdpSocket datagrams;
  QObject::connect(&datagrams, &QUdpSocket::readyRead, [&] {
    char data[2000];
    QHostAddress from;
    quint16 from_port = 0;
    const qint64 length = datagrams.readDatagram(data, sizeof data, &from, &from_port);
    if (length >= 0) datagrams.writeDatagram(data, length, from, from_port);
  });
  QTcpServer server;
  QObject::connect(&server, &QTcpServer::newConnection,
                   [&] { answer(server.nextPendingConnection()); });
  if (!datagrams.bind(QHostAddress::Any, port)) qFatal("%s", qPrintable(datagrams.errorString()));
  if (!server.listen(QHostAddress::Any, port)) qFatal("%s", qPrintable(server.errorString()));
  return application.exec();
}

int ask(QCoreApplication& application, const QString& host, quint16 port) {
  QTextStream out(stdout);
  const QByteArray message = QByteArray("0123456789abcdef").repeated(64000);
  QByteArray got;
  QTcpSocket stream;
  QUdpSocket datagrams;
  QObject::connect(&stream, &QTcpSocket::connected, [&] { stream.write(message); });
  QObject::connect(&stream, &QTcpSocket::readyRead, [&] {
    got += stream.readAll();
    if (got.size() < message.size()) return;
    out << "tcp echoed " << (got == message) << "\n";
    datagrams.writeDatagram(message.left(1000), stream.peerAddress(), port);
  });
  QObject::connect(&datagrams, &QUdpSocket::readyRead, [&] {
    char data[2000];
    out << "udp echoed " << (datagrams.readDatagram(data, sizeof data) == 1000) << "\n";
    application.quit();
  });
  QObject::connect(&stream, &QAbstractSocket::errorOccurred,
                   [&] { qFatal("%s", qPrintable(stream.errorString())); });
  stream.connectToHost(host, port);
  return application.exec();
}

int main(int count, char** words) {
  QCoreApplication application(count, words);
  const auto port = static_cast<quint16>(QString(words[count - 1]).toUInt());
  return QString(words[1]) == "serve" ? serve(application, port) : ask(application, words[2], port);
}

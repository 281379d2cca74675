// TCP, UDP and HTTP on node's own modules.    node echo.js serve PORT | ask HOST PORT
"use strict";
const dgram = require("dgram");
const http = require("http");
const net = require("net");

const [, , verb, ...rest] = process.argv;
const message = Buffer.alloc(1024000, "0123456789abcdef");

function serve(port) {
  http.createServer((request, response) => {
    let got = 0;
    request.on("data", (data) => { got += data.length; });
    request.on("end", () => response.end(`${request.method} ${got}`));
  }).listen(port + 1);
  const datagrams = dgram.createSocket("udp6");
  datagrams.on("message", (data, from) => datagrams.send(data, from.port, from.address));
  datagrams.bind(port);
  net.createServer((socket) => socket.pipe(socket)).listen(port);
}

function over_tcp(host, port) {
  return new Promise((done, failed) => {
    const parts = [];
    const socket = net.connect(port, host, () => socket.end(message));
    socket.on("data", (data) => parts.push(data));
    socket.on("end", () => done(Buffer.concat(parts).equals(message)));
    socket.on("error", failed);
  });
}

function over_udp(host, port) {
  return new Promise((done, failed) => {
    const datagrams = dgram.createSocket("udp4");
    datagrams.on("message", (data) => {
      datagrams.close();
      done(data.equals(message.subarray(0, 1000)));
    });
    datagrams.on("error", failed);
    datagrams.send(message.subarray(0, 1000), port, host);
  });
}

function over_http(host, port, agent) {
  return new Promise((done, failed) => {
    const request = http.request({ host, port, agent, method: "POST" }, (response) => {
      let text = "";
      response.on("data", (data) => { text += data; });
      response.on("end", () => done(text === `POST ${message.length}`));
    });
    request.on("error", failed);
    request.end(message);
  });
}

async function ask(host, port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  const good = await Promise.all([over_tcp(host, port), over_udp(host, port),
    ...Array.from({ length: 4 }, () => over_http(host, port + 1, agent))]);
  agent.destroy();
  console.log(good.every((x) => x) ? "echoed" : "changed", message.length, good.join(" "));
}

if (verb === "serve") serve(Number(rest[0]));
else ask(rest[0], Number(rest[1]));

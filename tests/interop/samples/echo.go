// TCP, UDP and HTTP on Go's own packages.    echo serve PORT | echo ask HOST PORT
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

var message = bytes.Repeat([]byte("0123456789abcdef"), 64000)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(port int) {
	datagrams, err := net.ListenPacket("udp", fmt.Sprintf(":%d", port))
	must(err)
	go func() {
		buffer := make([]byte, 2000)
		for {
			n, from, err := datagrams.ReadFrom(buffer)
			must(err)
			datagrams.WriteTo(buffer[:n], from)
		}
	}()
	go http.ListenAndServe(fmt.Sprintf(":%d", port+1), http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	must(err)
	for {
		stream, err := listener.Accept()
		must(err)
		go func() {
			io.Copy(stream, stream)
			stream.Close()
		}()
	}
}

func askStream(network, address string) {
	stream, err := net.Dial(network, address)
	must(err)
	go func() {
		stream.Write(message)
		stream.(*net.TCPConn).CloseWrite()
	}()
	data, err := io.ReadAll(stream)
	must(err)
	fmt.Println(network, "echoed", bytes.Equal(data, message))
}

func askDatagram(network, address string) {
	datagrams, err := net.Dial(network, address)
	must(err)
	datagrams.SetDeadline(time.Now().Add(10 * time.Second))
	datagrams.Write(message[:1000])
	buffer := make([]byte, 2000)
	n, err := datagrams.Read(buffer)
	must(err)
	fmt.Println(network, "echoed", bytes.Equal(buffer[:n], message[:1000]))
}

func askHTTP(url string) {
	answer, err := http.Post(url, "application/octet-stream", bytes.NewReader(message))
	must(err)
	data, err := io.ReadAll(answer.Body)
	must(err)
	fmt.Println("http echoed", bytes.Equal(data, message))
}

func main() {
	port, err := strconv.Atoi(os.Args[len(os.Args)-1])
	must(err)
	if os.Args[1] == "serve" {
		serve(port)
	}
	address := fmt.Sprintf("%s:%d", os.Args[2], port)
	var all sync.WaitGroup
	for _, version := range []string{"4", "6"} {
		askStream("tcp"+version, address)
		askDatagram("udp"+version, address)
	}
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			askHTTP(fmt.Sprintf("http://%s:%d/", os.Args[2], port+1))
		}()
	}
	all.Wait()
}

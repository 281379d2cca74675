// Two of gVisor's network stacks in one process, each with a link that hands its packets to the other: MTU 1500,
// checksums made and checked. `bulk`: the rate of one stream for three seconds, after one to warm up, with buffers of
// 256 KiB. `idle PAIRS`: what an end of as many connections at rest keeps of heap and of goroutines' stacks.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	mtu       = 1500
	queue     = 4096
	window    = 256 << 10
	writeSize = 64 << 10
)

var (
	left     = tcpip.Address("\x0a\x00\x00\x01")
	right    = tcpip.Address("\x0a\x00\x00\x02")
	listened = tcpip.FullAddress{NIC: 1, Addr: right, Port: 5001}
)

func check(failed bool, what ...any) {
	if failed {
		fmt.Fprintln(os.Stderr, append([]any{"error:"}, what...)...)
		os.Exit(1)
	}
}

func newHost(link stack.LinkEndpoint, address tcpip.Address) *stack.Stack {
	host := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true)
	host.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: 4096, Default: window, Max: window}
	host.SetTransportProtocolOption(tcp.ProtocolNumber, &receive)
	send := tcpip.TCPSendBufferSizeRangeOption{Min: 4096, Default: window, Max: window}
	host.SetTransportProtocolOption(tcp.ProtocolNumber, &send)
	err := host.CreateNIC(1, link)
	check(err != nil, "CreateNIC:", err)
	own := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: address.WithPrefix()}
	err = host.AddProtocolAddress(1, own, stack.AddressProperties{})
	check(err != nil, "AddProtocolAddress:", err)
	host.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}})
	return host
}

// wire brings what one end sends to the other.
func wire(from, to *channel.Endpoint) {
	for {
		sent := from.ReadContext(context.Background())
		if sent.IsNil() {
			return
		}
		arrived := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: sent.ToBuffer()})
		to.InjectInbound(sent.NetworkProtocolNumber, arrived)
		arrived.DecRef()
		sent.DecRef()
	}
}

func call(client *stack.Stack) *gonet.TCPConn {
	conn, err := gonet.DialTCP(client, listened, ipv4.ProtocolNumber)
	check(err != nil, "DialTCP:", err)
	return conn
}

func bulk(client *stack.Stack, listener *gonet.TCPListener) {
	var received int64
	go func() {
		conn, err := listener.Accept()
		check(err != nil, "Accept:", err)
		bytes := make([]byte, writeSize)
		for {
			n, err := conn.Read(bytes)
			check(err != nil, "Read:", err)
			atomic.AddInt64(&received, int64(n))
		}
	}()
	conn := call(client)
	go func() {
		bytes := make([]byte, writeSize)
		for {
			_, err := conn.Write(bytes)
			check(err != nil, "Write:", err)
		}
	}()
	time.Sleep(time.Second)
	from, start := atomic.LoadInt64(&received), time.Now()
	time.Sleep(3 * time.Second)
	bits := float64(atomic.LoadInt64(&received)-from) * 8
	fmt.Printf("{\"name\": \"gvisor_bulk\", \"gbit_per_s\": %.3f}\n", bits/time.Since(start).Seconds()/1e9)
}

func bytesInUse() float64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return float64(memory.HeapInuse + memory.StackInuse)
}

func idle(client *stack.Stack, listener *gonet.TCPListener, pairs int) {
	held := make([]any, 0, 2*pairs)
	before, start := bytesInUse(), time.Now()
	for i := 0; i < pairs; i++ {
		ours := call(client)
		theirs, err := listener.Accept()
		check(err != nil, "Accept:", err)
		held = append(held, ours, theirs)
	}
	setUp := time.Since(start).Seconds()
	time.Sleep(time.Second)
	fmt.Printf("{\"name\": \"gvisor_idle\", \"setup_s\": %.3f, \"bytes_per_end\": %.1f}\n", setUp,
		(bytesInUse()-before)/float64(2*pairs))
	runtime.KeepAlive(held)
}

func main() {
	a, b := channel.New(queue, mtu, "\x02\x00\x00\x00\x00\x01"), channel.New(queue, mtu, "\x02\x00\x00\x00\x00\x02")
	go wire(a, b)
	go wire(b, a)
	client, server := newHost(a, left), newHost(b, right)
	listener, err := gonet.ListenTCP(server, listened, ipv4.ProtocolNumber)
	check(err != nil, "ListenTCP:", err)
	switch {
	case len(os.Args) == 2 && os.Args[1] == "bulk":
		bulk(client, listener)
	case len(os.Args) == 3 && os.Args[1] == "idle":
		pairs, err := strconv.Atoi(os.Args[2])
		check(err != nil, err)
		idle(client, listener, pairs)
	default:
		check(true, "usage: main bulk | idle PAIRS")
	}
}

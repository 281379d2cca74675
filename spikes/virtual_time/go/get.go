// A client in Go: get [-at-once] [-work] URL…
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"sync"
	"time"
)

func get(url string, say func(...any)) {
	began := time.Now()
	answer, err := http.Get(url)
	if err != nil {
		say(err)
		return
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	say(url, answer.Status, len(body), err, time.Since(began))
}

// Keeps the collector busy, and with it the signals by which goroutines are interrupted.
func work() {
	kept := map[int][]byte{}
	for i := 0; i < 200_000; i++ {
		kept[i%5_000] = make([]byte, 100+i%1_000)
	}
	sum := sha256.New()
	for key := range kept { // in an order of the runtime's choice
		fmt.Fprint(sum, key, " ")
	}
	fmt.Printf("order %x\n", sum.Sum(nil)[:8])
}

func main() {
	atOnce := flag.Bool("at-once", false, "all at the same time")
	busy := flag.Bool("work", false, "allocate beside it")
	naps := flag.Bool("naps", false, "sleep and race timers beside it")
	flag.Parse()
	var group sync.WaitGroup
	var lock sync.Mutex
	say := func(words ...any) {
		lock.Lock()
		defer lock.Unlock()
		fmt.Println(words...)
	}
	rand.Seed(time.Now().UnixNano())
	for _, url := range flag.Args() {
		if !*atOnce {
			get(url, say)
			continue
		}
		group.Add(1)
		go func(url string) {
			defer group.Done()
			get(url, say)
		}(url)
	}
	if *naps {
		for i := 0; i < 8; i++ {
			group.Add(1)
			go func(i int) {
				defer group.Done()
				for round := 0; round < 5; round++ {
					time.Sleep(time.Duration(rand.Intn(3)) * time.Millisecond)
					say("nap", i, round, time.Now().Format("05.000000"))
				}
			}(i)
		}
	}
	if *busy {
		for i := 0; i < 4; i++ {
			group.Add(1)
			go func() { defer group.Done(); work() }()
		}
	}
	group.Wait()
	fmt.Fprintln(os.Stderr, "pid", os.Getpid())
}

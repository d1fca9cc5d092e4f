// Command fetch puts Debian packages into the tests' cache, so that tests need no network afterwards.
//
//	go run ./gateway/realtest/fetch postfix redis-server
package main

import (
	"context"
	"fmt"
	"os"

	"weir/gateway/realtest"
)

func main() {
	failed := 0
	for _, name := range os.Args[1:] {
		tree, err := realtest.Fetch(context.Background(), name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed++
			continue
		}
		fmt.Printf("%-20s %s\n", name, tree.Dir)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"weir/gateway/password"
)

// passwordCmd is weir password.
type passwordCmd struct{}

// Run reads a password, from a terminal unseen and twice, else one line of standard input, and prints its hash.
func (passwordCmd) Run() error {
	plain, err := readPassword(os.Stdin, os.Stderr)
	if err != nil {
		return err
	}
	hash, err := password.Make(plain)
	if err != nil {
		return err
	}
	fmt.Println(hash)
	return nil
}

// maxPassword bounds what is read, in bytes.
const maxPassword = 1 << 10

func readPassword(in *os.File, ask io.Writer) (string, error) {
	if term.IsTerminal(int(in.Fd())) {
		return askPassword(in, ask)
	}
	line, err := bufio.NewReader(io.LimitReader(in, maxPassword+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if len(line) > maxPassword {
		return "", fmt.Errorf("the password is longer than %d bytes", maxPassword)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func askPassword(in *os.File, ask io.Writer) (string, error) {
	var given [2][]byte
	for i, prompt := range []string{"Password: ", "The same again: "} {
		fmt.Fprint(ask, prompt)
		b, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(ask)
		if err != nil {
			return "", err
		}
		given[i] = b
	}
	if !bytes.Equal(given[0], given[1]) {
		return "", errors.New("these are two different passwords: nothing was made")
	}
	return string(given[0]), nil
}

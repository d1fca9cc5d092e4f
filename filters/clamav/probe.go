package clamav

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/baruwa-enterprise/clamd/protocol"

	"weir/filters/scanner"
)

// Probe asks for versions and threads, and with test has a few harmless bytes scanned: a clamd that lives may still be
// unable to scan (no room for its files).
func (e engine) Probe(dial func() (net.Conn, error), test bool) (scanner.Condition, error) {
	version, err := ask(dial, protocol.Version)
	if err != nil {
		return scanner.Condition{}, err
	}
	c, err := condition(version)
	if err != nil {
		return c, err
	}
	stats, err := ask(dial, protocol.Stats)
	if err != nil {
		return c, err
	}
	c.Scans = threads(stats)
	if test {
		return c, e.try(dial)
	}
	return c, nil
}

// try has something harmless scanned.
func (e engine) try(dial func() (net.Conn, error)) error {
	conn, err := dial()
	if err != nil {
		return err
	}
	v, err := e.Scan(conn, &scanner.Piece{Body: []byte("Weir asks whether you can scan.\r\n")})
	if err == nil && v.State != scanner.Clean {
		err = fmt.Errorf("%w: %s is found in a harmless line", scanner.ErrReply, v.Name)
	}
	return err
}

// maxStats bounds the answer to STATS, which lists what waits.
const maxStats = 64 << 10

// ask puts a command and reads until clamd closes.
func ask(dial func() (net.Conn, error), command protocol.Command) (string, error) {
	conn, err := dial()
	if err != nil {
		return "", err
	}
	if _, err := conn.Write([]byte("n" + command.String() + "\n")); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(conn, maxStats))
	if err != nil {
		return "", err
	}
	if len(text) == 0 {
		return "", fmt.Errorf("%w: no answer to %s", scanner.ErrReply, command)
	}
	return string(text), nil
}

// condition reads "ClamAV 1.4.3/27500/Sun Nov 22 08:30:00 2026", where the database and its date are missing if clamd has
// signatures of its owner only. The date is in clamd's time zone, which it does not tell: ours is taken for it.
func condition(text string) (scanner.Condition, error) {
	line, ok := strings.CutSuffix(text, "\n")
	if !ok || !strings.HasPrefix(line, "ClamAV ") || len(line) > 200 || strings.ContainsFunc(line, unprintable) {
		return scanner.Condition{}, fmt.Errorf("%w: %q is no answer to VERSION", scanner.ErrReply, clip(text))
	}
	c := scanner.Condition{Version: line}
	words := strings.SplitN(line, "/", 3)
	if len(words) == 3 {
		c.Database = words[1]
		c.Dated, _ = time.ParseInLocation("Mon Jan _2 15:04:05 2006", words[2], time.Local) // another form: not told
	}
	return c, nil
}

// threads finds MaxThreads in the answer to STATS: the smallest where there are several pools; 0: not told.
func threads(stats string) (most int) {
	for line := range strings.Lines(stats) {
		if !strings.HasPrefix(line, "THREADS:") {
			continue
		}
		words := strings.Fields(line)
		for i, w := range words[:len(words)-1] {
			if n, err := strconv.Atoi(words[i+1]); w == "max" && err == nil && n > 0 && (most == 0 || n < most) {
				most = n
			}
		}
	}
	return most
}

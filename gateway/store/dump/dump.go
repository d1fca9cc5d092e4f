// Package dump is the form in which state is exported: a backup, or the way from one store to another.
//
// It is text, one JSON object a line (docs/state.md). The first line says the format's version and which secret the keys
// were made with; the last how many records there were and the CRC-32C of all lines before it. So a dump that was cut
// off is known as such.
package dump

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"weir/gateway/store/backend"
)

// Version of the format.
const Version = 1

// maxLine is longer than any record: a stream's entry of 64 KiB in base64.
const maxLine = 1 << 20

const portion = 500

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged says that a dump is not whole.
var ErrDamaged = errors.New("store: the dump is damaged")

// ErrForeign says that a dump's keys were made under another secret.
var ErrForeign = errors.New("store: the dump belongs to another secret")

type head struct {
	Version int       `json:"weir_state"`
	Secret  string    `json:"secret"` // eight bytes by which equal secrets are known, in hexadecimal digits
	Made    time.Time `json:"made"`
}

type foot struct {
	End     bool   `json:"end"`
	Records int    `json:"records"`
	CRC     string `json:"crc32c"`
}

// Write writes everything a store holds.
func Write(ctx context.Context, b backend.Backend, secret [8]byte, made time.Time, w io.Writer) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	sum := crc32.New(castagnoli)
	enc := json.NewEncoder(io.MultiWriter(buf, sum))
	enc.SetEscapeHTML(false)
	if err := enc.Encode(head{Version, hex.EncodeToString(secret[:]), made.UTC()}); err != nil {
		return err
	}
	n := 0
	err := b.Walk(ctx, func(r backend.Record) error {
		n++
		return enc.Encode(r)
	})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(buf).Encode(foot{true, n, fmt.Sprintf("%08x", sum.Sum32())}); err != nil {
		return err
	}
	return buf.Flush()
}

// Read puts a dump into a store, over what is there under the same keys, and returns how many records were read. With
// replace the store is wiped first, once the dump's first line was found good. A dump in a file is read twice: nothing is
// changed by a damaged one. From a pipe it is stored as it comes.
func Read(ctx context.Context, b backend.Backend, secret [8]byte, r io.Reader, replace bool) (int, error) {
	if file, ok := r.(io.ReadSeeker); ok {
		if start, err := file.Seek(0, io.SeekCurrent); err == nil { // else it is a pipe
			if _, err := each(file, &secret, goOn, func([]backend.Record) error { return ctx.Err() }); err != nil {
				return 0, err
			}
			if _, err := file.Seek(start, io.SeekStart); err != nil {
				return 0, err
			}
		}
	}
	begin := goOn
	if replace {
		begin = func() error {
			if err := b.Wipe(ctx); err != nil {
				return fmt.Errorf("what was stored could not all be removed: %w", err)
			}
			return nil
		}
	}
	return each(r, &secret, begin, func(records []backend.Record) error { return b.Restore(ctx, records) })
}

func goOn() error { return nil }

// Verify reads a dump and tells how many records it has, or what is wrong with it. Whose secret it belongs to is for
// the store to see.
func Verify(ctx context.Context, r io.Reader) (int, error) {
	return each(r, nil, goOn, func([]backend.Record) error { return ctx.Err() })
}

// each takes a dump apart, a portion of records at a time. secret is what it must belong to; nil: any. begin is called
// when its first line is right.
func each(r io.Reader, secret *[8]byte, begin func() error, take func([]backend.Record) error) (n int, err error) {
	in := bufio.NewReaderSize(r, maxLine)
	sum := crc32.New(castagnoli)
	if err := readHead(in, sum, secret); err != nil {
		return 0, err
	}
	if err := begin(); err != nil {
		return 0, err
	}
	var records []backend.Record
	for {
		line, err := readLine(in)
		if err != nil {
			return n, fmt.Errorf("%w after %d records: %w", ErrDamaged, n, err)
		}
		if bytes.HasPrefix(line, []byte(`{"end":`)) {
			if err := checkFoot(line, n, sum.Sum32()); err != nil {
				return n, err
			}
			return n, take(records)
		}
		sum.Write(line)
		var rec backend.Record
		if err := json.Unmarshal(line, &rec); err != nil {
			return n, fmt.Errorf("%w: record %d: %w", ErrDamaged, n+1, err)
		}
		if err := rec.Check(); err != nil {
			return n, fmt.Errorf("%w: record %d: %w", ErrDamaged, n+1, err)
		}
		n++
		if records = append(records, rec); len(records) == portion {
			if err := take(records); err != nil {
				return n, err
			}
			records = records[:0]
		}
	}
}

func readHead(in *bufio.Reader, sum io.Writer, secret *[8]byte) error {
	line, err := readLine(in)
	var h head
	if err != nil || json.Unmarshal(line, &h) != nil || h.Version == 0 {
		return fmt.Errorf("%w: it does not begin as an export of `weir state export` does", ErrDamaged)
	}
	if h.Version != Version {
		return fmt.Errorf("store: the dump has version %d of the format, this Weir reads %d", h.Version, Version)
	}
	if secret != nil && h.Secret != hex.EncodeToString(secret[:]) {
		return fmt.Errorf("%w: import it with the secret file of the site it comes from", ErrForeign)
	}
	_, err = sum.Write(line)
	return err
}

// readLine gives a whole line.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
	case errors.Is(err, io.EOF):
		return nil, io.ErrUnexpectedEOF
	}
	return line, err
}

func checkFoot(line []byte, n int, sum uint32) error {
	var f foot
	if err := json.Unmarshal(line, &f); err != nil || !f.End {
		return fmt.Errorf("%w: its last line is wrong", ErrDamaged)
	}
	if f.Records != n || f.CRC != fmt.Sprintf("%08x", sum) {
		return fmt.Errorf("%w: it holds %d records with checksum %08x, and says %d with %s", ErrDamaged, n, sum, f.Records, f.CRC)
	}
	return nil
}

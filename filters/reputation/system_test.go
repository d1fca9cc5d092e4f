package reputation

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
)

// asnFile writes a MaxMind file (format 2.0) in which 192.0.2.0/24 belongs to AS64500.
func asnFile(t *testing.T) string {
	t.Helper()
	const nodes = 24
	var b bytes.Buffer
	prefix := binary.BigEndian.Uint32([]byte{192, 0, 2, 0})
	for i := range uint32(nodes) {
		next, empty := i+1, uint32(nodes)
		if i == nodes-1 {
			next = nodes + 16
		}
		left, right := next, empty
		if prefix>>(31-i)&1 == 1 {
			left, right = empty, next
		}
		for _, v := range []uint32{left, right} {
			b.Write([]byte{byte(v >> 16), byte(v >> 8), byte(v)})
		}
	}
	b.Write(make([]byte, 16))
	text := func(s string) { b.WriteByte(0x40 | byte(len(s))); b.WriteString(s) }
	short := func(key string, v byte) { text(key); b.Write([]byte{0xA1, v}) }
	b.WriteByte(0xE1)
	text("autonomous_system_number")
	b.Write(binary.BigEndian.AppendUint32([]byte{0xC4}, 64500))
	b.WriteString("\xab\xcd\xefMaxMind.com")
	b.WriteByte(0xE6)
	for key, v := range map[string]byte{"binary_format_major_version": 2, "node_count": nodes, "record_size": 24, "ip_version": 4} {
		short(key, v)
	}
	text("database_type")
	text("Test-ASN")
	text("build_epoch")
	b.Write([]byte{0x01, 0x02, 1})
	path := filepath.Join(t.TempDir(), "asn.mmdb")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnAutonomousSystemIsChargedWhereAFileKnowsIt(t *testing.T) {
	s, err := openSystems(asnFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for addr, want := range map[string]string{"192.0.2.77": "AS64500", "::ffff:192.0.2.1": "AS64500", "192.0.3.1": "", "2001:db8::1": ""} {
		got, ok := s.subject(netip.MustParseAddr(addr))
		if got.text != want || ok != (want != "") {
			t.Errorf("%s is in %q, want %q", addr, got.text, want)
		}
	}
}

func TestAFileThatIsNoneIsAMistake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no.mmdb")
	if err := os.WriteFile(path, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "x"} {
		_, err := Spec.New(func(into any) error {
			into.(*Config).ASN = file
			return nil
		}, filters.Env{Clock: filtertest.Clock(filtertest.Now)})
		if err == nil || !strings.HasPrefix(err.Error(), "asn: ") {
			t.Errorf("%s was taken: %v", file, err)
		}
	}
}

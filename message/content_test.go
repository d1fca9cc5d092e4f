package message

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"unicode/utf16"

	"weir/message/anomaly"
)

// eicar is the test virus, put together here so that no scanner takes this file for one.
var eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*"

// insert puts s between every n bytes.
func insert(text, s string, n int) string {
	var b strings.Builder
	for i := 0; i < len(text); i += n {
		b.WriteString(text[i:min(i+n, len(text))] + s)
	}
	return b.String()
}

func TestBase64IsDecodedToItsEnd(t *testing.T) {
	digits := strings.TrimRight(b64(eicar), "=")
	half := len(digits) / 8 * 4
	for _, c := range []struct {
		name, body string
		want       anomaly.Kind
	}{
		{"D04_clean", digits, 0},
		{"D04_exclamation_marks", insert(digits, "!", 5), anomaly.Base64Garbage},
		{"D04_exclamation_mark_within_a_group", digits[:2] + "!" + digits[2:], anomaly.Base64Garbage},
		{"D04_spaces", insert(digits, " ", 3), 0},
		{"D04_early_padding", digits[:half] + "=" + digits[half:], anomaly.Base64EarlyPad},
		{"D04_early_padding_within_a_group", digits[:half+2] + "=" + digits[half+2:], anomaly.Base64EarlyPad},
		{"D04_early_double_padding", digits[:half] + "==" + digits[half:], anomaly.Base64EarlyPad},
		{"D04_two_streams_each_padded", b64(eicar[:4]) + "\n" + b64(eicar[4:8]), anomaly.Base64EarlyPad},
		{"D04_nul_bytes", insert(digits, "\x00", 7), anomaly.Base64Garbage},
		{"D04_one_character_lines", insert(digits, "\n", 1), 0},
		{"D04_8bit_garbage", insert(digits, "\xff\xe9", 6), anomaly.Base64Garbage},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := load("Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" + c.body + "\n")
			want := eicar
			if strings.Contains(c.name, "two_streams") {
				want = eicar[:8]
			}
			if !finds(m, want) {
				t.Errorf("not found: %q", m.Root.Body())
			}
			if _, ok := kinds(m)[c.want]; c.want != 0 && !ok {
				t.Errorf("%v is not noted: %v", c.want, m.Anomalies())
			}
		})
	}
}

func TestQuotedPrintableIsDecodedToItsEnd(t *testing.T) {
	for _, c := range []struct {
		name, body, text string
		want             anomaly.Kind
	}{
		{"D05_escapes", "a=3Db=E4=e4", "a=bää", 0},
		{"D05_broken_escape_is_kept", "a=ZZb=3D", "a=ZZb=", anomaly.QuotedBad},
		{"D05_soft_break", "ab=\ncd", "abcd", 0},
		{"D05_soft_break_with_blanks", "ab= \t \ncd", "abcd", 0},
		{"D05_soft_break_crlf", "ab=\r\ncd", "abcd", 0},
		{"D05_soft_break_at_the_end", "ab=", "ab", 0},
		{"D05_half_an_escape_at_the_end", "ab=4", "ab=4", anomaly.QuotedBad},
		{"D05_two_signs", "==41", "=A", anomaly.QuotedBad},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := load("Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n" + c.body)
			if got := m.Root.Text(); got != c.text {
				t.Errorf("got %q, want %q", got, c.text)
			}
			if _, ok := kinds(m)[anomaly.QuotedBad]; ok != (c.want == anomaly.QuotedBad) {
				t.Errorf("noted: %v", m.Anomalies())
			}
		})
	}
}

// uuencode is the other direction of what is tested.
func uuencode(s string) string {
	var b strings.Builder
	digit := func(c byte) { b.WriteByte(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"[c&63]) }
	for len(s) > 0 {
		n := min(45, len(s))
		digit(byte(n))
		line := s[:n] + "\x00\x00"
		for i := 0; i < n; i += 3 {
			digit(line[i] >> 2)
			digit(line[i]<<4 | line[i+1]>>4)
			digit(line[i+1]<<2 | line[i+2]>>6)
			digit(line[i+2])
		}
		b.WriteByte('\n')
		s = s[n:]
	}
	return b.String() + "`\nend\n"
}

func yencode(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c += 42; c == 0 || c == '\n' || c == '\r' || c == '=' {
			b.WriteByte('=')
			c += 64
		}
		b.WriteByte(c)
	}
	return fmt.Sprintf("=ybegin line=128 size=%d name=x.exe\n%s\n=yend size=%d crc32=%08x\n", len(s), b.String(), len(s), crc32.ChecksumIEEE([]byte(s)))
}

// binhex writes BinHex 4.0 without run lengths (0x90 must not occur) and with empty checksums.
func binhex(name, s string) string {
	raw := string([]byte{byte(len(name))}) + name + "\x00TEXTttxt\x00\x00"
	raw += string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + "\x00\x00\x00\x00\x00\x00" + s + "\x00\x00"
	const digits = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
	var b strings.Builder
	bits, n := 0, 0
	for _, c := range []byte(raw + "\x00\x00") {
		bits, n = bits<<8|int(c), n+8
		for n >= 6 {
			n -= 6
			b.WriteByte(digits[bits>>n&63])
		}
	}
	return "(This file must be converted with BinHex 4.0)\n:" + insert(b.String(), "\n", 64) + ":\n"
}

// tnefAttr writes one TNEF attribute.
func tnefAttr(level byte, id uint32, data []byte) []byte {
	b := append([]byte{level}, binary.LittleEndian.AppendUint32(nil, id)...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	sum := uint16(0)
	for _, c := range data {
		sum += uint16(c)
	}
	return binary.LittleEndian.AppendUint16(append(b, data...), sum)
}

// mapiProps writes MAPI properties of variable length: type and id, then the value.
func mapiProps(pairs ...any) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(pairs)/2))
	for i := 0; i < len(pairs); i += 2 {
		value := pairs[i+1].([]byte)
		b = binary.LittleEndian.AppendUint32(b, pairs[i].(uint32))
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
		b = append(b, value...)
		b = append(b, make([]byte, (4-len(value)%4)%4)...)
	}
	return b
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// rtfPlain wraps RTF as "compressed" RTF that is not compressed.
func rtfPlain(s string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(s)+12))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(append(b, "MELA\x00\x00\x00\x00"...), s...)
}

func winmail() []byte {
	b := []byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}
	b = append(b, tnefAttr(1, 0x00069003, mapiProps(uint32(0x1013<<16|0x102), []byte("<p>html body</p>"), uint32(0x1009<<16|0x102), rtfPlain("{\\rtf1 rtf body}")))...)
	b = append(b, tnefAttr(2, 0x00069002, make([]byte, 14))...)
	b = append(b, tnefAttr(2, 0x00018010, []byte("SHORT~1.EXE\x00"))...)
	b = append(b, tnefAttr(2, 0x0006800f, []byte(secret))...)
	return append(b, tnefAttr(2, 0x00069005, mapiProps(uint32(0x3707<<16|0x1f), utf16le("long nämé.exe\x00")))...)
}

func TestFilesOutsideOfMIMEAreTakenOut(t *testing.T) {
	for _, c := range []struct {
		name, body, file, embedded string
		want                       anomaly.Kind
	}{
		{"D05_uuencode", "Hi,\n\nbegin 644 x.exe\n" + uuencode(secret) + "bye\n", "x.exe", "uuencode", anomaly.UUEncoded},
		{"D05_uuencode_without_end", "begin 644 x.exe\n" + strings.TrimSuffix(uuencode(secret), "`\nend\n"), "x.exe", "uuencode", anomaly.UUBroken},
		{"D05_uuencode_with_a_long_mode", "begin 100644 x.exe\n" + uuencode(secret), "x.exe", "uuencode", anomaly.UUEncoded},
		{"D05_uuencode_with_white_space", "begin \t 644\tx.exe\n" + uuencode(secret), "x.exe", "uuencode", anomaly.UUEncoded},
		{"D05_uuencode_without_a_name", "begin 644\n" + uuencode(secret), "", "uuencode", anomaly.UUEncoded},
		{"D05_uuencode_in_small_letters", "begin 644 x.exe\n" + strings.NewReplacer("&", "f", "(", "h", "1", "q", "9", "y").Replace(uuencode(secret)), "x.exe", "uuencode", anomaly.UUEncoded},
		{"D05_uuencode_base64", "begin-base64 644 x.exe\n" + b64(secret) + "\n====\n", "x.exe", "uuencode", anomaly.UUEncoded},
		{"D05_yenc", "Hi,\n" + yencode(secret), "x.exe", "yenc", anomaly.YEncoded},
		{"D05_yenc_cut_off", strings.Split(yencode(secret), "=yend")[0], "x.exe", "yenc", anomaly.YEncBroken},
		{"D05_binhex", "Hi,\n" + binhex("x.exe", secret), "x.exe", "binhex", anomaly.BinHex},
		{"D05_binhex_cut_off", strings.TrimSuffix(binhex("x.exe", secret), ":\n"), "x.exe", "binhex", anomaly.BinHexBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			takenOut(t, load("Content-Type: text/plain\n\n"+c.body), c.file, c.embedded, c.want)
		})
	}
	t.Run("D05_uuencode_as_its_own_type", func(t *testing.T) {
		takenOut(t, load("Content-Type: application/x-uuencode\n\nbegin 644 x.exe\n"+uuencode(secret)), "x.exe", "uuencode", anomaly.UUEncoded)
	})
	t.Run("D05_tnef", func(t *testing.T) {
		m := load("Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + b64(string(winmail())))
		takenOut(t, m, "long nämé.exe", "tnef", anomaly.TNEF)
		if !strings.Contains(m.Text(), "html body") || !finds(m, "rtf body") {
			t.Errorf("texts are missing: %s", tree(m))
		}
	})
	t.Run("D05_tnef_by_its_bytes_alone", func(t *testing.T) {
		m := load("Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" + b64(string(winmail())))
		takenOut(t, m, "long nämé.exe", "tnef", anomaly.TNEF)
	})
	t.Run("D05_tnef_cut_off_at_any_byte", func(t *testing.T) {
		whole := winmail()
		for i := range whole {
			m := load("Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + b64(string(whole[:i])))
			_, broken := kinds(m)[anomaly.TNEFBroken]
			if !broken && i < 6 {
				t.Errorf("cut at %d: not noted", i)
			}
		}
	})
}

func takenOut(t *testing.T, m *Message, file, embedded string, want anomaly.Kind) {
	t.Helper()
	found := false
	for _, p := range m.Parts() {
		if p.Embedded == embedded && p.FileName == file && bytes.Equal(p.Body(), []byte(secret)) {
			found = true
		}
	}
	if !found {
		t.Errorf("%s is not taken out:\n%s%v", file, tree(m), m.Anomalies())
	}
	if _, ok := kinds(m)[want]; !ok {
		t.Errorf("%v is not noted: %v", want, m.Anomalies())
	}
}

func TestProseIsNoUuencode(t *testing.T) {
	m := load("Subject: x\n\nLet us\nbegin 100 new things\nand\nbegin 644 here\n\nend\nbegin 100\nof all\nbegin 777 and the rest of it\nmore words here, as people write them, in lines\nend\n")
	if len(m.Parts()) != 1 {
		t.Errorf("prose was taken for a file:\n%s", tree(m))
	}
}

func TestEncryptedContentIsTold(t *testing.T) {
	for name, raw := range map[string]string{
		"PGP/MIME":      "Content-Type: multipart/encrypted; boundary=a\n\n--a\n\nVersion: 1\n--a\n\nx\n--a--\n",
		"PGP in a text": "\nHi\n-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n",
	} {
		if _, ok := kinds(load(raw))[anomaly.Encrypted]; !ok {
			t.Errorf("%s: not noted", name)
		}
	}
}

func TestHTMLNamesItsCharset(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"D13_meta_charset":              {"Content-Type: text/html\n\n<META charset=\"koi8-r\"><p>\xf0\xd2\xc9", "При"},
		"D13_meta_http_equiv":           {"Content-Type: text/html\n\n<meta content='text/html; charset=windows-1251'><p>\xcf\xf0\xe8", "При"},
		"D13_meta_utf_7":                {"Content-Type: text/html\n\n<meta charset=utf-7><p>+BB8EQAQ4-", "При"},
		"D13_the_header_goes_before_it": {"Content-Type: text/html; charset=utf-8\n\n<meta charset=koi8-r><p>При", "При"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := load(c.raw).Text(); !strings.Contains(got, c.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// der writes one DER element.
func der(tag byte, content []byte) []byte {
	n := len(content)
	switch {
	case n < 128:
		return append([]byte{tag, byte(n)}, content...)
	case n < 1<<16:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
	}
	return append([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, content...)
}

// signed wraps content as S/MIME's SignedData.
func signed(content []byte) []byte {
	data := []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}
	info := data
	if content != nil {
		info = append(info[:len(info):len(info)], der(0xa0, der(0x04, content))...)
	}
	inner := append([]byte{0x02, 0x01, 0x01, 0x31, 0x00}, der(0x30, info)...)
	oid := []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
	return der(0x30, append(oid, der(0xa0, der(0x30, inner))...))
}

// indefinite is signed, in BER with indefinite lengths and an octet string in pieces.
func indefinite(content []byte) []byte {
	b := []byte{0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80, 0x30, 0x80,
		0x02, 0x01, 0x01, 0x31, 0x80, 0x30, 0x02, 0x05, 0x00, 0x00, 0x00,
		0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0xa0, 0x80, 0x24, 0x80}
	for len(content) > 0 {
		n := min(50, len(content))
		b = append(b, der(0x04, content[:n])...)
		content = content[n:]
	}
	return append(b, make([]byte, 14)...)
}

const p7m = "Content-Type: application/pkcs7-mime; name=smime.p7m; smime-type=signed-data\nContent-Transfer-Encoding: base64\n\n"

func TestSignedMailIsOpened(t *testing.T) {
	nested := []byte(hidden)
	for range 60 {
		nested = append([]byte(strings.Replace(p7m, "base64", "binary", 1)), signed(nested)...)
	}
	for _, c := range []struct {
		name  string
		data  []byte
		finds bool
		want  anomaly.Kind
	}{
		{"D09_signed", signed([]byte(hidden)), true, anomaly.SignedOpaque},
		{"D09_signed_with_indefinite_lengths", indefinite([]byte(hidden)), true, anomaly.SignedOpaque},
		{"D09_signed_twice", signed([]byte(p7m + b64(string(signed([]byte(hidden)))))), true, anomaly.SignedOpaque},
		{"D09_empty_content", signed([]byte{}), false, anomaly.SMIMEBroken},
		{"D09_no_content", signed(nil), false, anomaly.SMIMEBroken},
		{"D09_no_bytes", nil, false, anomaly.SMIMEBroken},
		{"D09_nested_beyond_the_limit", signed(nested), false, anomaly.DepthLimit},
		{"D09_encrypted", der(0x30, append([]byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03}, der(0xa0, []byte{0x30, 0})...)), false, anomaly.Encrypted},
		{"D09_cut_off", signed([]byte(hidden))[:70], false, anomaly.SignedOpaque},
		{"D09_lying_length", append([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, signed([]byte(hidden))[4:]...), true, anomaly.SignedOpaque},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := load(p7m + b64(string(c.data)))
			if got := finds(m, secret); got != c.finds {
				t.Errorf("found %v, want %v:\n%s%v", got, c.finds, tree(m), m.Anomalies())
			}
			if _, ok := kinds(m)[c.want]; !ok {
				t.Errorf("%v is not noted: %v", c.want, m.Anomalies())
			}
		})
	}
}

package part

import (
	"bytes"
	"strings"

	"weir/message/anomaly"
)

// The content types of CMS (RFC 5652 section 4 and following), as DER.
var (
	oidSigned     = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
	oidEnveloped  = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03}
	oidAuthEnv    = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17}
	oidCompressed = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x09}
)

// isSMIME tells whether a part is S/MIME that holds its content inside (RFC 8551), by type or by name.
func isSMIME(p *Part) bool {
	switch p.Type {
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		return true
	case octets:
		return strings.HasSuffix(strings.ToLower(p.FileName), ".p7m")
	}
	return false
}

// smime opens signed content, which needs no key, and reads it as the MIME entity that it is. Encrypted content stays
// closed and is noted: nobody but its recipient can scan it.
func (s *splitter) smime(p *Part) {
	body := p.Body()
	kind, content, ok := openCMS(body)
	switch {
	case !ok:
		s.notes.Add(anomaly.SMIMEBroken, p.FileName)
	case bytes.Equal(kind, oidEnveloped), bytes.Equal(kind, oidAuthEnv):
		s.notes.Add(anomaly.Encrypted, "S/MIME")
	case bytes.Equal(kind, oidSigned):
		s.signed(p, content)
	case bytes.Equal(kind, oidCompressed):
		s.notes.Add(anomaly.SMIMEBroken, "compressed data is not scanned")
	default:
		s.notes.Add(anomaly.SMIMEBroken, "unknown content type")
	}
}

// signed reads the content of a signature as a MIME entity below p; nested ones count for the depth.
func (s *splitter) signed(p *Part, content []byte) {
	if m, _ := p.Media.Param("smime-type"); m == "certs-only" {
		return
	}
	if len(content) == 0 {
		s.notes.Add(anomaly.SMIMEBroken, "no content")
		return
	}
	if p.Depth >= s.lim.Depth {
		s.notes.Add(anomaly.DepthLimit, p.Type)
		p.Unscanned = true
		return
	}
	s.notes.Add(anomaly.SignedOpaque, "")
	s.entity(entity{source: s.source(content), parent: p, defaultType: "text/plain", embedded: "smime"})
}

// openCMS reads ContentInfo and, of SignedData, the content inside (RFC 5652 sections 3 and 5.1).
func openCMS(b []byte) (kind, content []byte, ok bool) {
	info, ok := descend(b, tagSequence)
	if !ok {
		return nil, nil, false
	}
	oid, rest, ok := element(info)
	if !ok || oid.tag != tagOID {
		return nil, nil, false
	}
	if !bytes.Equal(oid.content, oidSigned) {
		return oid.content, nil, true
	}
	signed, ok := descend(rest, tagContext0)
	if !ok {
		return nil, nil, false
	}
	content, ok = signedContent(signed)
	return oid.content, content, ok
}

// signedContent finds encapContentInfo behind version and digestAlgorithms, and joins its octet string.
func signedContent(b []byte) ([]byte, bool) {
	fields, ok := descend(b, tagSequence)
	if !ok {
		return nil, false
	}
	for range 2 {
		if _, fields, ok = element(fields); !ok {
			return nil, false
		}
	}
	info, ok := descend(fields, tagSequence)
	if !ok {
		return nil, false
	}
	if _, info, ok = element(info); !ok {
		return nil, false
	}
	wrapped, ok := descend(info, tagContext0)
	if !ok {
		return nil, true // detached: no content here
	}
	return octetString(wrapped, 0)
}

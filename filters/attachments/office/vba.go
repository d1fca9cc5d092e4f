package office

import (
	"bytes"
	"encoding/binary"
	"strings"
)

var little = binary.LittleEndian

// maxSource bounds the source of one module, in bytes. VBA itself stops at 64 kB of code a procedure.
const maxSource = 1 << 20

// Decompress unpacks a compressed container (MS-OVBA section 2.4.1.3). What is malformed ends it: what came out until
// then is given, and whole is false.
func Decompress(b []byte) (out []byte, whole bool) {
	if len(b) == 0 || b[0] != 1 {
		return nil, false
	}
	for b = b[1:]; len(b) >= 2 && len(out) < maxSource; {
		header := little.Uint16(b)
		size := int(header&0x0fff) + 3
		if header>>12&7 != 3 {
			return out, false
		}
		chunk := b[2:min(size, len(b))]
		if header&0x8000 == 0 {
			out = append(out, chunk[:min(len(chunk), 4096)]...)
		} else if out, whole = inflateChunk(out, chunk); !whole {
			return out, false
		}
		if size > len(b) {
			return out, false
		}
		b = b[size:]
	}
	return out, len(b) < 2
}

// inflateChunk unpacks one chunk of at most 4,096 bytes: flag bytes tell literals from references back into the chunk.
func inflateChunk(out, b []byte) ([]byte, bool) {
	start := len(out)
	for len(b) > 0 {
		flags := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out, false
			}
			offset, length := reference(little.Uint16(b), len(out)-start)
			b = b[2:]
			if offset > len(out)-start || len(out)-start+length > 4096 {
				return out, false
			}
			for range length {
				out = append(out, out[len(out)-offset])
			}
		}
	}
	return out, true
}

// reference takes a copy token apart: the further into the chunk, the more bits the offset has (section 2.4.1.3.19.1).
func reference(token uint16, at int) (offset, length int) {
	bits := 4
	for 1<<bits < at {
		bits++
	}
	return int(token>>(16-bits)) + 1, int(token&(0xffff>>bits)) + 3
}

// sources finds compressed containers in a stream, wherever they begin: source code begins with "Attribute", which packs to
// bytes that nothing else has. It serves where the directory of modules is missing or lies.
func sources(stream []byte) (all []byte) {
	mark := []byte("\x00Attribut")
	for n := 0; n < 50; n++ {
		i := bytes.Index(stream, mark)
		if i < 0 {
			break
		}
		if i >= 3 && stream[i-3] == 1 {
			text, _ := Decompress(stream[i-3:])
			all = append(all, text...)
		}
		stream = stream[i+len(mark):]
	}
	return all
}

// module is where a module's source stands.
type module struct {
	stream string
	offset int
}

// modules reads the directory of modules (MS-OVBA section 2.3.4.2), a list of records, each with type and length.
func modules(dir []byte) (list []module) {
	var m module
	for len(dir) >= 6 {
		id, size := little.Uint16(dir), int(little.Uint32(dir[2:]))
		if id == 9 {
			size = 6 // PROJECTVERSION: its length field says 4
		}
		dir = dir[6:]
		if size < 0 || size > len(dir) {
			break
		}
		switch data := dir[:size]; {
		case id == 0x1a:
			m.stream = string(data)
		case id == 0x31 && size == 4:
			m.offset = int(little.Uint32(data))
		case id == 0x2b: // the module's end
			list = append(list, m)
			m = module{}
		}
		dir = dir[size:]
	}
	return list
}

// autoRun are procedures that run without anybody asking for it.
var autoRun = []string{"autoopen", "auto_open", "autoexec", "autoclose", "auto_close", "autonew", "autoexit", "document_open", "document_close",
	"document_new", "document_beforeclose", "documentopen", "workbook_open", "workbook_activate", "workbook_beforeclose", "workbook_deactivate", "workbook_close",
	"presentation_open", "slideshow", "_onload", "_painted", "_painting", "_gotfocus", "_layout", "_mousemove", "_mousehover", "onconnection"}

// suspicious are words by which macros reach beyond their document.
var suspicious = []string{"wscript.shell", "shell.application", "powershell", "urldownloadtofile", "xmlhttp", "winhttp", "adodb.stream", "cmd.exe", "cmd /c", "mshta",
	"regsvr32", "rundll32", "certutil", "bitsadmin", "cscript", "wscript", "winmgmts", "win32_process", "shellexecute", "virtualalloc", "rtlmovememory", "createthread",
	"writeprocessmemory", "createprocess", "macscript", "callbyname", "scripting.filesystemobject", "strreverse", "executeexcel4macro", "environ(", "kernel32", "frombase64", "vbhide", "shell(", "shell "}

// judge looks for procedures that run by themselves and for what they call. Strings that are put together of pieces are
// joined first.
func (r *Report) judge(source []byte) {
	text := strings.ToLower(string(source[:min(len(source), maxSource)]))
	text = strings.NewReplacer(`" & "`, "", `"&"`, "", `" + "`, "", `"+"`, "", " _\r\n", " ").Replace(text)
	for _, word := range autoRun {
		if strings.Contains(text, "sub "+word) || strings.HasPrefix(word, "_") && strings.Contains(text, word+"(") {
			r.AutoRun = true
		}
	}
	for _, word := range suspicious {
		if strings.Contains(text, word) && r.Suspicious == "" {
			r.Suspicious = strings.TrimRight(word, " (")
		}
	}
	if r.Suspicious == "" && strings.Count(text, "chr(")+strings.Count(text, "chrw(")+strings.Count(text, "chr$(") > 30 {
		r.Suspicious = "text made of Chr()"
	}
}

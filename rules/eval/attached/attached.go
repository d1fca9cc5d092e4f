// Package attached has functions of Weir's own about the names of attached files. They see each name that some mail program
// may show, decoded, of all readings of the message; text that only looks like a part's header is none.
package attached

import (
	"fmt"
	"slices"
	"strings"

	"weir/rules/eval"
	"weir/rules/view"
)

// New makes the room. No plugin of SpamAssassin's has these functions: rules guard them with ifplugin Weir.
func New() eval.Room { return eval.Functions(bind) }

// bind binds a call. Lists of endings are words between blanks, without dots; 9 stands for any digit.
//
//	attached()                   a file with a name
//	attached('js exe')           its name ends so
//	attached_apart('html')       its name ends so, and it is not to be shown with the text
//	attached_twice('pdf', 'exe') its name ends in one of each list, one behind the other
func bind(c eval.Call) (eval.Check, error) {
	most := map[string]int{"attached": 1, "attached_apart": 1, "attached_twice": 2}[c.Name]
	switch {
	case most == 0:
		return nil, eval.ErrUnknown
	case len(c.Args) > most || len(c.Args) < most && (most == 2 || c.Name == "attached_apart"):
		return nil, fmt.Errorf("%s takes %d lists of endings", c.Name, most)
	case c.Name == "attached_twice":
		return twice(strings.Fields(c.Args[0]), strings.Fields(c.Args[1])), nil
	}
	var endings []string
	if len(c.Args) > 0 {
		endings = strings.Fields(c.Args[0])
	}
	apart := c.Name == "attached_apart"
	return any(func(f file) bool {
		return (!apart || f.apart) && (len(endings) == 0 || isOneOf(endings, ending(f.name)))
	}), nil
}

// any makes a check that hits where one file is so.
func any(is func(f file) bool) eval.Check {
	return func(m *view.Mail) int {
		if slices.ContainsFunc(files(m), is) {
			return 1
		}
		return 0
	}
}

// twice finds names such as invoice.pdf.exe.
func twice(inner, outer []string) eval.Check {
	return any(func(f file) bool {
		last := ending(f.name)
		if !isOneOf(outer, last) {
			return false
		}
		rest := strings.TrimRight(f.name[:len(f.name)-len(last)], " \t\n_.-")
		return isOneOf(inner, ending(rest))
	})
}

// ending gives what stands behind the last dot.
func ending(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return ""
	}
	return name[dot+1:]
}

func isOneOf(endings []string, s string) bool {
	return slices.ContainsFunc(endings, func(e string) bool { return isLike(s, e) })
}

// isLike tells whether an ending is another one, in which 9 is any digit.
func isLike(s, like string) bool {
	if len(s) != len(like) {
		return false
	}
	for i := range len(s) {
		if s[i] != like[i] && (like[i] != '9' || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// file is a file that is attached.
type file struct {
	name  string // in small letters, without blanks and marks behind it
	apart bool   // it is not to be shown with the text
}

type key struct{}

// maxFiles bounds the names of one message.
const maxFiles = 1000

// files lists the files of a message, once.
func files(m *view.Mail) []file {
	return view.Once(m, key{}, func() (list []file) {
		for _, p := range m.Message.Parts() {
			for _, name := range p.FileNames() {
				if len(list) == maxFiles {
					return list
				}
				name = strings.TrimRight(strings.ToLower(name), " \t\r\n\"';.")
				list = append(list, file{name: name, apart: p.Disposition == "attachment"})
			}
		}
		return list
	})
}

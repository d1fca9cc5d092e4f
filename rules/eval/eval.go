// Package eval has the functions that rules call by name: body NAME eval:html_image_only(0, 400).
//
// They live in rooms, one for each family (a plugin, in SpamAssassin's words), in a folder of their own below this one.
// A room also takes the directives that belong to it (freemail_domains …). A Set of rules makes each room anew, hands it
// all lines of its files, and binds each call once; what comes out is a Check that runs on a message and keeps nothing.
package eval

import (
	"context"
	"errors"
	"slices"
	"time"

	"weir/rules/pattern"
	"weir/rules/view"
)

// ErrUnknown is returned by Bind for a function that the room does not have.
var ErrUnknown = errors.New("eval: unknown function")

// Off is returned by Bind for a function that is known and never hits, with the reason: another service is needed, or what
// the filters do in its place.
type Off struct{ Why string }

// Error gives the reason.
func (o *Off) Error() string { return o.Why }

// Limit is the CPU time that the patterns of one function may take on one message, as a rule that is a pattern may.
const Limit = 50 * time.Millisecond

// Call is a call in a rule.
type Call struct {
	Rule string   // the rule's name
	Kind string   // header, body, rawbody, full, uri, meta: what kind of rule it is
	Name string   // the function
	Args []string // as written, without quotes

	Flags []string // the rule's tflags
}

// Has tells whether the rule has a tflag.
func (c *Call) Has(flag string) bool { return slices.Contains(c.Flags, flag) }

// Asker is a room whose functions need answers of the DNS. Ask starts all questions that the bound rules have about a
// message, but for those that are off, and waits for none; the checks wait. What is not answered when the context ends is in doubt (view.Mail.Doubt).
type Asker interface {
	Room
	Ask(ctx context.Context, m *view.Mail, off func(rule string) bool)
}

// Editor is a room whose functions change what body rules see of a message. Edit is called before any rule is run.
type Editor interface {
	Room
	Edit(m *view.Mail)
}

// Check runs a call on a message and says how often it hit; 0: it did not.
type Check func(m *view.Mail) int

// Tries makes a check that tries patterns on what a message holds, all within Limit. What does not hit when the time was over
// is in doubt.
func Tries(hit func(m *view.Mail, t *pattern.Trial) bool) Check {
	return func(m *view.Mail) int {
		t := pattern.Try(Limit)
		switch {
		case hit(m, t):
			return 1
		case t.Cut():
			m.Doubt()
		}
		return 0
	}
}

// Room is a family of functions.
type Room interface {
	// Plugins lists the plugins of SpamAssassin that the room stands for, for ifplugin: HTMLEval.
	Plugins() []string
	// Set takes a line that is no rule. known is false if the directive is not this room's; the error says what is wrong with
	// the value, for an admin.
	Set(key, value string) (known bool, err error)
	// Bind makes a check of a call, after all lines have been read. ErrUnknown: the function is not here; *Off: it never hits;
	// other errors say what is wrong with the arguments.
	Bind(c Call) (Check, error)
}

// Functions makes a room without directives: bind and plugins are as in Room.
func Functions(bind func(c Call) (Check, error), plugins ...string) Room {
	return functions{bind, plugins}
}

type functions struct {
	bind    func(c Call) (Check, error)
	plugins []string
}

func (f functions) Plugins() []string                        { return f.plugins }
func (functions) Set(string, string) (known bool, err error) { return false, nil }
func (f functions) Bind(c Call) (Check, error)               { return f.bind(c) }

// Package evaltest asks a room one question in a test.
package evaltest

import (
	"testing"
	"time"

	"weir/message"
	"weir/rules/eval"
	"weir/rules/view"
)

// Lines are lines of a rules file: key and value.
type Lines [][2]string

// Ask hands a room lines, binds a call and runs it on a mail.
func Ask(t *testing.T, room eval.Room, lines Lines, mail, kind, name string, args ...string) int {
	t.Helper()
	set := view.NewSettings()
	for _, l := range lines {
		known, err := room.Set(l[0], l[1])
		also, err2 := set.Set(l[0], l[1])
		if !known && !also || err != nil || err2 != nil {
			t.Fatalf("%s %s: known %v, %v, %v", l[0], l[1], known || also, err, err2)
		}
	}
	check, err := room.Bind(eval.Call{Rule: "TEST", Kind: kind, Name: name, Args: args})
	if err != nil {
		t.Fatalf("%s(%q): %v", name, args, err)
	}
	return check(Mail(set, mail))
}

// Mail makes a view of a mail. The clock shows 2026-11-22, 12:00 UTC.
func Mail(set *view.Settings, mail string) *view.Mail {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(mail))
	return view.New(m, set, view.Facts{}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
}

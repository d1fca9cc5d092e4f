package view

import (
	"sync"

	"weir/rules/view/field"
)

type headerKey struct{}

// Header gives the header as rules see it.
func (m *Mail) Header() *field.Header {
	return Once(m, headerKey{}, func() *field.Header {
		return field.New(m.Message, field.Options{Registry: m.Set.Domains(), Relays: m.Relays, SenderHeader: m.Set.relays.SenderHeader})
	})
}

// Get gives the value of a header target such as From:addr, as eval functions want it: the first address, host or the like,
// or all fields of a name with a line end behind each. there is false if there is none. A target that is none is never there.
func (m *Mail) Get(target string) (value string, there bool) {
	t := targetOf(target)
	if t == nil {
		return "", false
	}
	return m.Header().Get(t)
}

// List gives all values of a header target: each address, each field. It must not be changed.
func (m *Mail) List(target string) []string {
	t := targetOf(target)
	if t == nil {
		return nil
	}
	return m.Header().List(t)
}

// targets are those that eval functions asked for. They are written in Go or in rules, so there are few.
var targets sync.Map // text → *field.Target, nil if it is none

func targetOf(text string) *field.Target {
	if t, ok := targets.Load(text); ok {
		return t.(*field.Target)
	}
	t, err := field.Parse(text)
	if err != nil {
		t = nil
	}
	targets.Store(text, t)
	return t
}

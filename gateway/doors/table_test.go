package doors

import (
	"os"
	"strings"
	"testing"
)

// table is "Doors and what they carry" of docs/flow.md.
type table struct {
	doors   []string
	columns map[string]*column
}

// column is what one door can't carry.
type column struct{ lacks []string }

func (t *table) column(door string) *column { return t.columns[door] }

// readTable reads it. A cell that begins with a dash says that the door has no word for what the row is about.
func readTable(t *testing.T) *table {
	text, err := os.ReadFile("../../docs/flow.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, found := strings.Cut(string(text), "\n## Doors and what they carry\n")
	if !found {
		t.Fatal(`docs/flow.md has no section "Doors and what they carry"`)
	}
	section, _, _ := strings.Cut(text2, "\n## ")
	out := &table{columns: map[string]*column{}}
	rows := map[string]bool{}
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if out.doors == nil {
			for _, name := range cells[1:] {
				out.doors = append(out.doors, name)
				out.columns[name] = &column{}
			}
			continue
		}
		if rows[cells[0]] = true; losses[cells[0]] == nil || len(cells) != len(out.doors)+1 {
			t.Fatalf("docs/flow.md: the row %q has %d cells; rows are about what losses names", cells[0], len(cells))
		}
		for i, cell := range cells[1:] {
			if cell == "" {
				t.Errorf("docs/flow.md: %s of %s is left open", cells[0], out.doors[i])
			}
			if strings.HasPrefix(cell, "–") {
				c := out.columns[out.doors[i]]
				c.lacks = append(c.lacks, cells[0])
			}
		}
	}
	for what := range losses {
		if !rows[what] {
			t.Errorf("docs/flow.md: the table of doors has no row %q", what)
		}
	}
	return out
}

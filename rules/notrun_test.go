package rules

import (
	"testing"

	"weir/rules/eval/all"
	"weir/rules/view"
)

// TestWhatIsReadIsNotListedAsNotRun compares the list of what is not run with all that keeps settings.
func TestWhatIsReadIsNotListedAsNotRun(t *testing.T) {
	for _, group := range notRun {
		for key := range group.keys {
			if known, _ := view.NewSettings().Set(key, "1"); known {
				t.Errorf("%s: the views know it", key)
			}
			for _, room := range all.Rooms() {
				if known, _ := room.Set(key, "1"); known {
					t.Errorf("%s: room %v knows it", key, room.Plugins())
				}
			}
			if _, ok := directives[key]; ok || senderLists[key] != 0 || unlisted[key] != 0 {
				t.Errorf("%s: it is run", key)
			}
		}
	}
}

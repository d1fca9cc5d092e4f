package vocabulary

import (
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
	"weir/rules/view"
)

func FuzzSet(f *testing.F) {
	f.Add("LIST parcel*|fee gift_card 包裹", "Subject: parcel\n\ngift card, 包裹")
	f.Add("LIST 9_eur it", "From: IT <it@a-it.test>\n\n5 €")
	f.Fuzz(func(t *testing.T, value, mail string) {
		room := New()
		if known, err := room.Set("vocabulary", value); !known || err != nil {
			return
		}
		m := evaltest.Mail(view.NewSettings(), mail)
		for list := range room.lists {
			for place := range places {
				check, err := room.Bind(eval.Call{Name: "vocabulary", Args: []string{list, place}})
				if err != nil {
					t.Fatalf("%q is taken, and not found: %v", list, err)
				}
				if n := check(m); n < 0 || n > len(room.kinds) {
					t.Errorf("%d kinds of %d", n, len(room.kinds))
				}
			}
			if check, err := room.Bind(eval.Call{Name: "vocabulary_covers", Args: []string{list, "name"}}); err == nil {
				check(m)
			}
		}
	})
}

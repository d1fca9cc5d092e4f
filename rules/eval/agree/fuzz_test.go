package agree

import (
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
	"weir/rules/view"
)

func FuzzBrands(f *testing.F) {
	f.Add("pay_pal|paypal paypal-* bank.example", "From: PayPal <x@paypal-service.test>\nSubject: Paypal\n\nhttp://paypa1.evil.test/")
	f.Fuzz(func(t *testing.T, value, mail string) {
		room := New()
		if known, _ := room.Set("brand", value); !known {
			t.Fatal("the line is not known")
		}
		m := evaltest.Mail(view.NewSettings(), mail)
		for _, name := range []string{"name_poses_as_brand", "name_has_brand", "subject_has_brand", "author_domain_has_brand", "link_has_brand"} {
			check, err := room.Bind(eval.Call{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			check(m)
		}
	})
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSpamIsMissedAtTheThresholdThatLosesSoMuchHam(t *testing.T) {
	var b strings.Builder
	for i := range 1000 { // ham scores 0 to 9.99
		fmt.Fprintf(&b, "ham\th%d\t%.2f\tno action\t\t\t\n", i, float64(i)/100)
	}
	for i := range 100 { // spam 9.9 to 10.89
		fmt.Fprintf(&b, "spam\ts%d\t%.2f\treject\t\t\t\n", i, 9.9+float64(i)/100)
	}
	b.WriteString("ham\tx\t\t\t\t\ttimeout\n")
	file := filepath.Join(t.TempDir(), "acc-rules-product.tsv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tell(&out, file); err != nil {
		t.Fatal(err)
	}
	want := "acc-rules-product      spam missed at ham loss  ≤ 0.05 %: 10.00 % (above 9.99)  ≤ 0.1 %: 9.00 % (above 9.98)" +
		"  ≤ 0.5 %: 5.00 % (above 9.94)  ≤ 1 %: 0.00 % (above 9.89)\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out.String(), want)
	}
}

func TestFilesThatSayNothingAreRefused(t *testing.T) {
	for text, want := range map[string]string{"": "nothing to tell", "ham\ta\t1\n": "1 ham and 0 spam", "ham\ta\tmuch\n": `line 1: score "much"`} {
		if _, _, err := scores(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

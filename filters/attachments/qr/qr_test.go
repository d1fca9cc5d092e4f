package qr

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// code draws a QR code in a larger picture, by an encoder of pictures.
func code(t testing.TB, text string, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	matrix, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 240, 240, nil)
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, 500, 400))
	for y := range 400 {
		for x := range 500 {
			c := color.RGBA{240, 240, 250, 255}
			if x >= 100 && x < 340 && y >= 60 && y < 300 && matrix.Get(x-100, y-60) {
				c = color.RGBA{30, 20, 90, 255}
			}
			picture.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(b *bytes.Buffer, p image.Image) error { return png.Encode(b, p) }

func TestRead(t *testing.T) {
	const text = "https://evil.example/login?user=ann"
	blank := func(w, h int) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := code(t, text, asPNG)
	for _, c := range []struct {
		name string
		data []byte
		most int
		want Outcome
	}{
		{"PNG", whole, MaxPixels, Code},
		{"JPEG", code(t, text, func(b *bytes.Buffer, p image.Image) error { return jpeg.Encode(b, p, nil) }), MaxPixels, Code},
		{"GIF", code(t, text, func(b *bytes.Buffer, p image.Image) error { return gif.Encode(b, p, nil) }), MaxPixels, Code},
		{"no code", blank(300, 300), MaxPixels, NoCode},
		{"too small to hold one", blank(30, 30), MaxPixels, Skipped},
		{"more pixels than are left", whole, 1000, TooLarge},
		{"more pixels than are ever looked at", blank(4096, 1025), 1 << 30, TooLarge},
		{"a size that is a lie", append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x00\x00\x00\x00"), 0xda, 0x8e, 0x9e, 0x7d), MaxPixels, Unreadable},
		{"cut off", whole[:100], MaxPixels, Unreadable},
		{"no picture", []byte("hello"), MaxPixels, Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, pixels, outcome := Read(c.data, c.most)
			if outcome != c.want || (got == text) != (c.want == Code) || pixels > MaxPixels {
				t.Errorf("%q, %d pixels, outcome %d, want %d", got, pixels, outcome, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(code(f, "x", asPNG))
	f.Add([]byte("GIF89a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, pixels, _ := Read(b, 1<<16); pixels > 1<<16 {
			t.Errorf("%d pixels", pixels)
		}
	})
}

package images

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func album(t *testing.T) string {
	t.Helper()
	var g, p, j bytes.Buffer
	small := image.NewPaletted(image.Rect(0, 0, 30, 20), color.Palette{color.Black})
	for _, err := range []error{gif.Encode(&g, small, nil), png.Encode(&p, image.NewGray(image.Rect(0, 0, 400, 300))), jpeg.Encode(&j, image.NewGray(image.Rect(0, 0, 64, 48)), nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	mail := "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nlook at this\n"
	for kind, data := range map[string][]byte{"gif": g.Bytes(), "png": p.Bytes(), "jpg": j.Bytes()} {
		mail += fmt.Sprintf("--b\nContent-Type: image/%s; name=one.%s\nContent-Transfer-Encoding: base64\n\n%s\n", kind, kind, base64.StdEncoding.EncodeToString(data))
	}
	return mail + "--b\nContent-Type: image/gif\n\nGIF89a, not in base64\n--b--\n"
}

func TestPictures(t *testing.T) {
	mail := album(t)
	for _, c := range []struct {
		name, call string
		args       []string
		want       int
	}{
		{"all of them", "image_count", []string{"all", "3", "3"}, 1},
		{"of a kind", "image_count", []string{"gif", "1", "1"}, 1},
		{"jpg is jpeg", "image_count", []string{"jpeg", "1"}, 1},
		{"more", "image_count", []string{"all", "4"}, 0},
		{"their pixels", "pixel_coverage", []string{"png", "120000", "120000"}, 1},
		{"the pixels of all", "pixel_coverage", []string{"all", "123672", "123672"}, 1},
		{"a size", "image_size_exact", []string{"gif", "20", "30"}, 1},
		{"height comes first", "image_size_exact", []string{"gif", "30", "20"}, 0},
		{"a JPEG's size", "image_size_exact", []string{"all", "48", "64"}, 1},
		{"at least so large", "image_size_range", []string{"all", "300", "400"}, 1},
		{"at most so large", "image_size_range", []string{"png", "1", "1", "299", "500"}, 0},
		{"by name", "image_named", []string{"one.png"}, 1},
		{"by another name", "image_named", []string{"two.png"}, 0},
		{"by a pattern of names", "image_name_regex", []string{`^one\.(?:gif|bmp)$`}, 1},
		{"little text for the pictures", "image_to_text_ratio", []string{"all", "0.000", "0.008"}, 1},
		{"much text", "image_to_text_ratio", []string{"all", "0.008", "1"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), nil, mail, "body", c.call, c.args...); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			if got := evaltest.Ask(t, New(), nil, "Subject: x\n\nno picture\n", "body", c.call, c.args...); got != 0 {
				t.Errorf("got %d without pictures", got)
			}
		})
	}
}

func TestBrokenPicturesHaveNoSize(t *testing.T) {
	for kind, file := range map[string]string{
		"gif": "GIF89a\x01", "png": pngSignature + "\x00\x00\x00\x0dIHDR\x00", "jpeg": "\xff\xd8\xff\xc0\x00\x11\x08\x00",
	} {
		if h, w := size(kind, []byte(file)); h != 0 || w != 0 {
			t.Errorf("%s: got %d × %d", kind, h, w)
		}
	}
}

func TestCallsThatMakeNoSense(t *testing.T) {
	for _, c := range []eval.Call{
		{Name: "image_count", Args: []string{"bmp", "1"}}, {Name: "image_count", Args: []string{"gif"}}, {Name: "image_size_exact", Args: []string{"gif", "1"}},
		{Name: "image_named"}, {Name: "image_name_regex", Args: []string{"("}}, {Name: "image_size_range", Args: []string{"gif", "1"}},
	} {
		if _, err := New().Bind(c); err == nil {
			t.Errorf("%s(%q) is taken", c.Name, c.Args)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func FuzzSize(f *testing.F) {
	f.Add("gif", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"))
	f.Add("png", []byte(pngSignature+"\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01"))
	f.Add("jpeg", []byte("\xff\xd8\xff\xe0\x00\x02\xff\xc0\x00\x11\x08\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, kind string, file []byte) { size(kind, file) })
}

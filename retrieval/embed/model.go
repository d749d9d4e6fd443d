package embed

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// magic opens a stored model and names its format.
const magic = "townclerk embed 2\n"

var errFormat = errors.New("not a model of this format")

// MarshalBinary returns the model in the form that Load reads: the dimension,
// the weight of each bucket, and of each bucket whether it has a place in the
// latent space and which. Numbers are halves, little-endian.
func (b *BuiltIn) MarshalBinary() ([]byte, error) {
	out := binary.LittleEndian.AppendUint16([]byte(magic), uint16(b.dims))
	out = append(out, Pack(b.idf)...)
	for i := range buckets {
		if v := b.place[i*b.dims : (i+1)*b.dims]; zero(v) {
			out = append(out, 0)
		} else {
			out = append(append(out, 1), Pack(v)...)
		}
	}
	return out, nil
}

// Load reads a model that MarshalBinary wrote.
func Load(data []byte) (*BuiltIn, error) {
	b, err := load(data)
	if err != nil {
		return nil, fmt.Errorf("load the built-in encoder: %w", err)
	}
	return b, b.name()
}

func load(data []byte) (*BuiltIn, error) {
	head := len(magic) + 2
	if len(data) < head+2*buckets || string(data[:len(magic)]) != magic {
		return nil, errFormat
	}
	b := &BuiltIn{dims: int(binary.LittleEndian.Uint16(data[len(magic):]))}
	if b.dims > latent {
		return nil, fmt.Errorf("%d dimensions are more than %d: %w", b.dims, latent, errFormat)
	}
	var err error
	if b.idf, err = values(data[head:head+2*buckets], 0, 50); err != nil {
		return nil, err
	}
	rest := data[head+2*buckets:]
	b.place = make([]float32, buckets*b.dims)
	for i := range buckets {
		if len(rest) == 0 {
			return nil, errFormat
		}
		known := rest[0] == 1
		rest = rest[1:]
		if !known {
			continue
		}
		if len(rest) < 2*b.dims {
			return nil, errFormat
		}
		v, err := values(rest[:2*b.dims], -1e4, 1e4)
		if err != nil {
			return nil, err
		}
		copy(b.place[i*b.dims:], v)
		rest = rest[2*b.dims:]
	}
	if len(rest) > 0 {
		return nil, errFormat
	}
	return b, nil
}

func values(data []byte, least, most float32) ([]float32, error) {
	v, err := Unpack(data)
	if err != nil {
		return nil, err
	}
	for _, x := range v {
		if !(x >= least && x <= most) {
			return nil, fmt.Errorf("the value %v is out of bounds: %w", x, errFormat)
		}
	}
	return v, nil
}

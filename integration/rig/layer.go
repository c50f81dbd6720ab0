package rig

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

//go:embed layer.sh
var layerScript string

// With returns the image with further Debian packages, for containers only. They lie in a
// layer over the image, which is built when first asked for and stays in the cache with
// the image. It needs root.
func (img *Image) With(ctx context.Context, packages ...string) (*Image, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("add packages to an image: needs root")
	}
	part := layerPart(packages)
	err := img.once(part, func(b *build) error { return img.buildLayer(ctx, b, packages) })
	if err != nil {
		return nil, fmt.Errorf("add %s to image %s: %w", strings.Join(packages, ", "), img.Suite.Name, err)
	}
	with := *img
	with.layer = part
	return &with, nil
}

// layerPart is the name of the layer with some packages: it has a hash of everything that
// the layer is made from.
func layerPart(packages []string) string {
	sum := sha256.Sum256(fmt.Append(nil, layerScript, packages))
	return fmt.Sprintf("packages-%.6x", sum)
}

// buildLayer installs packages over the image's tree. What they change is in the
// directory "upper" of the layer.
func (img *Image) buildLayer(ctx context.Context, b *build, packages []string) error {
	start := time.Now()
	args := append([]string{"-c", layerScript, "layer.sh", img.path(treePart()), b.out}, packages...)
	if err := b.run(b.command(ctx, "sh", args...)); err != nil {
		return err
	}
	logTime(img.log, "adding "+strings.Join(packages, ", ")+" to "+img.Suite.Name, start)
	return nil
}

// lower are the directories that a container lies over, as overlay's lowerdir wants them:
// the topmost first.
func (img *Image) lower() string {
	if img.layer == "" {
		return img.path(treePart())
	}
	return img.path(img.layer) + "/upper:" + img.path(treePart())
}

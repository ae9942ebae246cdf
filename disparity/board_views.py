"""Photograph a board with a camera whose every number is known: pictures to test a calibration on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from disparity.boards import Board

Matrix = npt.NDArray[np.float64]
SUPERSAMPLING = 3
TEXELS = 80
GROUND = 120.0


@dataclass(frozen=True, eq=False)
class Pose:
    """Place a board before the camera: x_camera = rotation @ x_board + translation, metres."""

    rotation: Matrix
    translation: Matrix

    def seen_from(self, rotation: Matrix, translation: Matrix) -> Pose:
        """Return the pose in the frame of a second camera at x₂ = rotation @ x₁ + translation."""
        return Pose(rotation @ self.rotation, rotation @ self.translation + translation)


class BoardCamera:
    """Render boards through one pinhole camera with lens distortion.

    Parameters
    ----------
    matrix : (3, 3) float
        Intrinsics in pixels.
    distortion : (4,) or (5,) float
        OpenCV's k1, k2, p1, p2, k3.
    image_size : (height, width)
    """

    def __init__(self, matrix: Matrix, distortion: npt.ArrayLike, image_size: tuple[int, int]) -> None:
        self.matrix = np.asarray(matrix, np.float64)
        self.distortion = np.asarray(distortion, np.float64)
        self.image_size = image_size
        k, (height, width) = SUPERSAMPLING, image_size
        x, y = np.meshgrid((np.arange(width * k) + 0.5) / k - 0.5, (np.arange(height * k) + 0.5) / k - 0.5)
        pixels = np.stack([x.ravel(), y.ravel()], axis=1)[:, None]
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 20, 1e-7)
        rays = cv2.undistortPointsIter(pixels, self.matrix, self.distortion, np.eye(3), np.eye(3), criteria)
        self._rays = np.concatenate([rays[:, 0], np.ones((len(rays), 1))], axis=1).astype(np.float32)

    def render(
        self, board: Board, pose: Pose, *, noise: float = 2.0, blur_px: float = 0.5, seed: int = 0
    ) -> npt.NDArray[np.uint8]:
        """Return a grey photograph (H, W) uint8 of `board` on a mid-grey ground.

        Parameters
        ----------
        noise : float
            Standard deviation of the sensor noise in grey levels.
        blur_px : float
            Standard deviation of the lens blur in pixels.
        """
        k, (height, width) = SUPERSAMPLING, self.image_size
        top, bottom = self._rows(board, pose)
        image: npt.NDArray[np.floating[Any]] = np.full((height, width), GROUND, np.float32)
        if bottom > top:
            shade = self._shade(board, pose, slice(top * k * width * k, bottom * k * width * k))
            image[top:bottom] = cv2.resize(
                shade.reshape(-1, width * k), (width, bottom - top), interpolation=cv2.INTER_AREA
            )
        if blur_px > 0:
            image = cv2.GaussianBlur(image, (0, 0), blur_px)
        image = image + np.random.default_rng(seed).normal(0, noise, image.shape)
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)

    def outline(self, board: Board, pose: Pose, margin: float) -> Matrix:
        """Return where 16 points around the board land (16, 2), `margin` squares outside of its edge, pixels."""
        side = np.linspace(-margin, 1 + margin, 5)
        wide, tall = board.columns * board.square_m, board.rows * board.square_m
        loop = [(x, y) for x in side for y in side if x in side[[0, -1]] or y in side[[0, -1]]]
        points = np.array([[x * wide, y * tall, 0.0] for x, y in loop])
        turn = cv2.Rodrigues(pose.rotation)[0]
        return cv2.projectPoints(points, turn, pose.translation, self.matrix, self.distortion)[0][:, 0]

    def _rows(self, board: Board, pose: Pose) -> tuple[int, int]:
        """Return the rows (from, to) that the board with its margin may touch: the others need no rays."""
        y = self.outline(board, pose, 0.3)[:, 1]
        height = self.image_size[0]
        return int(np.clip(y.min() - 2, 0, height)), int(np.clip(y.max() + 3, 0, height))

    def _shade(self, board: Board, pose: Pose, part: slice) -> npt.NDArray[np.float32]:
        """Return the grey value that each ray of `part` meets: the board, its white margin of one square, or the ground."""
        to_board = pose.rotation.T
        origin = -to_board @ pose.translation
        # the board's plane is Z = 0: origin + distance * ray, with distance = -origin_z / ray_z, in squares
        plane = np.array(
            [to_board[0] * origin[2] - to_board[2] * origin[0], to_board[1] * origin[2] - to_board[2] * origin[1]]
        )
        rays = self._rays[part]
        scale = -1.0 / (board.square_m * (rays @ to_board[2].astype(np.float32)))
        u, v = ((rays @ row.astype(np.float32)) * scale for row in plane)
        seen = (u >= -1) & (v >= -1) & (u < board.columns + 1) & (v < board.rows + 1)
        p = TEXELS
        texture = cv2.copyMakeBorder(board.texture(p), p, p, p, p, cv2.BORDER_CONSTANT, value=255)
        shade = np.full(len(rays), GROUND, np.float32)
        shade[seen] = 25.0 + 0.8 * texture[((v[seen] + 1) * p).astype(np.int32), ((u[seen] + 1) * p).astype(np.int32)]
        return shade


def sample_poses(
    board: Board,
    cameras: tuple[tuple[BoardCamera, Matrix, Matrix], ...],
    count: int,
    *,
    seed: int,
    max_tilt: float = 38.0,
) -> list[Pose]:
    """Draw poses in which every camera sees the whole board, tilted and moved about as one should do by hand.

    Parameters
    ----------
    cameras : tuple of (camera, rotation, translation)
        Each with its place relative to the first: x_camera = rotation @ x_first + translation.
    max_tilt : float
        Degrees; a calibration from boards that all face the camera cannot tell focal length from distance.
    """
    rng = np.random.default_rng(seed)
    poses: list[Pose] = []
    for _ in range(500 * count):
        if len(poses) == count:
            return poses
        pose = _draw_pose(board, cameras[0][0], rng, max_tilt)
        if all(_inside(board, camera, pose.seen_from(r, t)) for camera, r, t in cameras):
            poses.append(pose)
    raise ValueError(
        f"expected the board to fit into every camera's view. Received: only {len(poses)} of {count} poses found"
    )


def _draw_pose(board: Board, camera: BoardCamera, rng: np.random.Generator, max_tilt: float) -> Pose:
    turn = np.deg2rad([*rng.uniform(-max_tilt, max_tilt, 2), rng.uniform(-12, 12)])
    rotation = cv2.Rodrigues(turn)[0]
    height, width = camera.image_size
    board_width = board.columns * board.square_m
    distance = camera.matrix[0, 0] * board_width / (width * rng.uniform(0.38, 0.8))
    pixel = np.array([rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height, 1.0])
    middle = np.array([board_width / 2, board.rows * board.square_m / 2, 0.0])
    return Pose(rotation, distance * np.linalg.solve(camera.matrix, pixel) - rotation @ middle)


def _inside(board: Board, camera: BoardCamera, pose: Pose) -> bool:
    pixels = camera.outline(board, pose, 0.06)
    height, width = camera.image_size
    return bool((pixels > 2).all() and (pixels < (width - 3, height - 3)).all())

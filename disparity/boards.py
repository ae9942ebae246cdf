"""Know the two calibration boards: their squares, their corners, and how to find them in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Board:
    """Describe a flat board of `columns` x `rows` squares.

    Attributes
    ----------
    kind : str
        ``"chessboard"`` (must be seen whole) or ``"charuco"`` (may be seen in part: its markers name the corners).
    columns, rows : int
        Squares, not inner corners. One odd and one even, so that the board looks different upside down.
    square_m : float
        Side of a square in metres. Measure it on the print: printers scale.
    marker_share : float
        Side of a ChArUco marker in squares.
    dictionary : str
        The ArUco dictionary's name in OpenCV.
    """

    kind: Literal["chessboard", "charuco"] = "charuco"
    columns: int = 9
    rows: int = 6
    square_m: float = 0.025
    marker_share: float = 0.72
    dictionary: str = "DICT_5X5_100"

    def __post_init__(self) -> None:
        """Refuse boards that cannot be found."""
        if self.kind not in ("chessboard", "charuco"):
            raise ValueError(f"expected a board 'chessboard' or 'charuco'. Received: kind={self.kind!r}")
        if self.columns < 4 or self.rows < 4:
            raise ValueError(f"expected at least 4 x 4 squares. Received: {self.columns} x {self.rows}")
        if not self.square_m > 0:
            raise ValueError(f"expected square_m in metres, positive. Received: square_m={self.square_m}")
        if self.kind == "charuco" and not hasattr(cv2.aruco, self.dictionary):
            raise ValueError(f"expected the name of an ArUco dictionary. Received: dictionary={self.dictionary!r}")

    @property
    def inner(self) -> tuple[int, int]:
        """Inner corners (columns, rows)."""
        return self.columns - 1, self.rows - 1

    def corners(self) -> Points:
        """Return the inner corners (N, 3) in metres, row by row from the top left; Z = 0, the origin at the board's corner.

        Examples
        --------
        >>> Board(columns=5, rows=4, square_m=0.1).corners()[:2].tolist()
        [[0.1, 0.1, 0.0], [0.2, 0.1, 0.0]]
        """
        x, y = np.meshgrid(np.arange(1, self.columns), np.arange(1, self.rows))
        return np.asarray(np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1) * self.square_m, np.float64)

    def texture(self, pixels_per_square: int = 40) -> npt.NDArray[np.uint8]:
        """Return the board as a grey picture (rows * p, columns * p) without a margin, to print or to render."""
        if self.kind == "charuco":
            size = (self.columns * pixels_per_square, self.rows * pixels_per_square)
            return np.asarray(charuco_board(self).generateImage(size, marginSize=0, borderBits=1))
        x, y = np.meshgrid(np.arange(self.columns), np.arange(self.rows))
        squares = np.where((x + y) % 2 == 0, 0, 255).astype(np.uint8)
        return np.kron(squares, np.ones((pixels_per_square, pixels_per_square), np.uint8))


@dataclass(frozen=True, eq=False)
class Detection:
    """Hold the corners found in one picture.

    Attributes
    ----------
    ids : (N,) int
        Indices into :meth:`Board.corners`.
    points : (N, 2) float
        x, y in pixels; the centre of the top left pixel is (0, 0).
    """

    ids: npt.NDArray[np.int64]
    points: Points


@lru_cache(maxsize=8)
def charuco_board(board: Board) -> Any:
    """Return OpenCV's object for a ChArUco `board`."""
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, board.dictionary))
    side = board.square_m
    return cv2.aruco.CharucoBoard((board.columns, board.rows), side, side * board.marker_share, dictionary)


def find_corners(image: npt.NDArray[np.uint8], board: Board) -> Detection | None:
    """Find the corners of `board` in an image (H, W, 3) RGB or (H, W) grey.

    Returns
    -------
    Detection or None
        None where the board is not seen (a chessboard: not seen whole).
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    if board.kind == "charuco":
        return _find_charuco(grey, board)
    found, points = cv2.findChessboardCornersSB(
        grey, board.inner, flags=cv2.CALIB_CB_ACCURACY | cv2.CALIB_CB_NORMALIZE_IMAGE
    )
    if not found:
        return None
    points = points.reshape(-1, 2).astype(np.float64)
    if points[-1].sum() < points[0].sum():  # the finder may start at the far end; the top left corner comes first
        points = points[::-1]
    return Detection(np.arange(len(points)), np.ascontiguousarray(points))


def _find_charuco(grey: npt.NDArray[np.uint8], board: Board) -> Detection | None:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = (
        cv2.aruco.CORNER_REFINE_NONE
    )  # chessboard corners are refined; markers only name them
    detector = cv2.aruco.CharucoDetector(charuco_board(board), cv2.aruco.CharucoParameters(), parameters)
    points, ids, _, _ = detector.detectBoard(grey)
    if ids is None or len(ids) == 0:
        return None
    order = np.argsort(ids.ravel())
    return Detection(ids.ravel()[order].astype(np.int64), points.reshape(-1, 2)[order].astype(np.float64))

/** One colour image: rgb8 (sRGB display values), row-major from the top left, `width * height * 3` bytes. */
export type Image = { readonly width: number; readonly height: number; readonly data: Uint8Array };

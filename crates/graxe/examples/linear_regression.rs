//! A line through noisy points by 500 steps of gradient descent, with a picture of the result.

use graxe::prelude::*;
use plotters::prelude::*;

#[derive(Tree, Clone)]
struct Line {
    slope: Array,
    offset: Array,
}

fn predict(line: &Line, x: &Array) -> Array {
    &line.slope * x + &line.offset
}

fn loss(line: &Line, x: &Array, y: &Array) -> Array {
    (predict(line, x) - y).square().mean(..)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (slope, offset) = (1.7, -0.6);
    let [places, noise] = Key::new(0).split();
    let x = 4 * random::uniform(&places, 60, DType::F32) - 2;
    let y = slope * &x + offset + 0.4 * random::normal(&noise, 60, DType::F32);

    let step = jit(|line: Line, x: &Array, y: &Array| {
        let gradient = grad(loss)(&line, x, y);
        tree::map2(&line, &gradient, |p, g| p - 0.05 * g)
    });
    let mut line = Line {
        slope: Array::zeros((), DType::F32),
        offset: Array::zeros((), DType::F32),
    };
    println!("loss before: {:.4}", loss(&line, &x, &y).item::<f32>());
    for _ in 0..500 {
        line = step(line, &x, &y);
    }
    println!("loss after:  {:.4}", loss(&line, &x, &y).item::<f32>());
    println!(
        "fitted {:.3} x {:+.3}",
        line.slope.item::<f32>(),
        line.offset.item::<f32>()
    );
    println!("truth  {slope:.3} x {offset:+.3}");
    println!(
        "traced {} time(s) for {} steps",
        step.stats().traces,
        step.stats().calls
    );

    draw("linear_regression.svg", &line, (slope, offset), &x, &y)?;
    println!("drawn to linear_regression.svg");
    Ok(())
}

fn draw(
    file: &str,
    line: &Line,
    (slope, offset): (f64, f64),
    x: &Array,
    y: &Array,
) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::new(file, (720, 480)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Linear regression", ("sans-serif", 24))
        .margin(16)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(-2.2f64..2.2, -5.0f64..4.0)?;
    chart.configure_mesh().x_desc("x").y_desc("y").draw()?;

    let points: Vec<(f64, f64)> = (x.as_slice::<f32>().iter().zip(y.as_slice::<f32>()))
        .map(|(&x, &y)| (f64::from(x), f64::from(y)))
        .collect();
    let dots = points
        .iter()
        .map(|&p| Circle::new(p, 3, BLACK.mix(0.5).filled()));
    chart
        .draw_series(dots)?
        .label("data")
        .legend(|(x, y)| Circle::new((x + 10, y), 3, BLACK.mix(0.5).filled()));
    let ends = [-2.2, 2.2];
    let truth = ends.map(|x| (x, slope * x + offset));
    chart
        .draw_series(LineSeries::new(truth, GREEN.stroke_width(2)))?
        .label("truth")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], GREEN.stroke_width(2)));
    let fit = ends.map(|x| (x, predict(line, &scalar(x)).item::<f64>()));
    chart
        .draw_series(LineSeries::new(fit, RED.stroke_width(2)))?
        .label("fit")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], RED.stroke_width(2)));
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.9))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}
